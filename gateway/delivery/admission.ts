import { PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import { checkVariables } from '#platform/text';
import type { TenantContext } from '#tenancy/context';
import { documentIdOf, type ResolveDocument } from '../admission/documents.ts';
import type { GuardSignIn } from '../admission/failed-sign-ins.ts';
import type { CheckLimits } from '../admission/limits.ts';
import type { AwaitOwnWrites } from '../admission/own-writes.ts';
import type { TakeRequest } from '../admission/rate-limit.ts';
import type { Limit } from '../execution/deadline.ts';
import type { GatewayContext, OperationTrace } from '../execution/operation.ts';
import type { Identify } from '../identity/index.ts';
import type { AddressOf } from './address.ts';
import type { GraphqlRequest, SetHeader } from './answer.ts';
import { isRemembered } from './known-bodies.ts';

export interface AdmissionOptions {
  identify: Identify;
  addressOf: AddressOf;
  /** Absent where nobody's requests are counted. */
  takeRequest: TakeRequest | undefined;
  /** Absent where nobody signs in. */
  guardSignIn: GuardSignIn | undefined;
  /** Absent where documents are only taken as text. */
  resolveDocument: ResolveDocument | undefined;
  /** Absent where nothing is known of them. */
  awaitOwnWrites: AwaitOwnWrites | undefined;
  checkLimits: CheckLimits;
}

/** What admission finds out of a request, also where it refuses it. */
export interface Visitor {
  tenant: TenantContext | undefined;
  readonly trace: OperationTrace;
  readonly log: Logger;
}

export interface Admitted {
  readonly context: GatewayContext;
  /** With the operation as text. */
  readonly body: unknown;
}

/** @throws PolygraphError that refuses the whole request */
export type Admit = (
  request: GraphqlRequest,
  setHeader: SetHeader,
  visitor: Visitor,
  limit: Limit,
) => Promise<Admitted>;

/** Identity before everything, so that limits and their messages are for those who may ask at all. */
export function createAdmission(options: AdmissionOptions): Admit {
  const { identify, addressOf, guardSignIn, takeRequest, resolveDocument, awaitOwnWrites } = options;
  const checkRequest = createRequestCheck(options.checkLimits);
  return async (request, setHeader, visitor, limit) => {
    const { headers, body, raw } = request;
    const tenant = await (guardSignIn ? guardSignIn(addressOf(raw), () => identify(headers)) : identify(headers));
    visitor.tenant = tenant;
    // Where there is nothing to wait for, nothing is waited for: each wait is a turn of the queue of promises.
    if (takeRequest) await takeRequest(tenant, documentIdOf(body), setHeader);
    const resolved = resolveDocument && (await resolveDocument(body, tenant));
    const plain = resolved ? resolved.body : body;
    checkRequest(plain);
    resolved?.remember();
    const readsOwnWrites = awaitOwnWrites ? await awaitOwnWrites(tenant, headers) : false;
    const context = {
      tenant,
      requestId: request.id,
      visitor,
      limit,
      trace: visitor.trace,
      readsOwnWrites,
      showTrace: headers['x-polygraph-trace'] === '1',
      dryRun: wantsDryRun(plain),
    };
    return { context, body: plain };
  };
}

function wantsDryRun(body: unknown): boolean {
  const { extensions } = (body ?? {}) as { extensions?: { dryRun?: unknown } | null };
  return extensions?.dryRun === true;
}

/** A body that came before is not checked again: limits look at nothing else. */
function createRequestCheck(checkLimits: CheckLimits): (body: unknown) => void {
  const checked = new WeakSet<object>();
  return (body) => {
    const known = typeof body === 'object' && body !== null ? body : undefined;
    if (known && checked.has(known)) return;
    checkRequest(body, checkLimits);
    if (known && isRemembered(known)) checked.add(known);
  };
}

/** What remains, such as an `operationName` that is a number, Apollo Server explains well enough. */
function checkRequest(body: unknown, checkLimits: CheckLimits): void {
  if (Array.isArray(body)) throw new PolygraphError('NOT_SUPPORTED', 'Send one operation a request, not a batch.');
  const { query, variables, extensions } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof query === 'string' && query.trim() !== '') checkLimits(query);
  else if (!extensions)
    throw new PolygraphError('BAD_USER_INPUT', 'The body is a JSON object with an operation as text in `query`.');
  checkVariables(variables);
}
