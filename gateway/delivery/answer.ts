import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import { type ErrorCode, findPolygraphError, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics';
import type { TenantContext } from '#tenancy/context';
import { DeadlineError, withDeadline } from '../execution/deadline.ts';
import type { GatewayContext, OperationTrace } from '../execution/operation.ts';
import { type AdmissionOptions, createAdmission, type Visitor } from './admission.ts';
import type { ShortRoad } from './short-road.ts';

export interface AnswerOptions extends AdmissionOptions {
  server: ApolloServer<GatewayContext>;
  shortRoad: ShortRoad;
  timeoutMs: number;
  metrics: Metrics;
  log: Logger;
}

/** A POST to /graphql, its body read. */
export interface GraphqlRequest {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came, for who asks where from: to find that out costs as much as the limits of a small operation. */
  readonly raw: IncomingMessage;
  /** Parsed JSON. */
  readonly body: unknown;
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** Takes headers of the answer, also of one that refuses. */
export type SetHeader = (name: string, value: string) => void;

/**
 * The way of a request: identity, rate, limits, then plan and execution.
 * @throws PolygraphError that refuses the whole request
 */
export type AnswerRequest = (request: GraphqlRequest, setHeader: SetHeader) => Promise<GraphqlAnswer>;

export function createAnswer(options: AnswerOptions): AnswerRequest {
  const { timeoutMs, metrics, shortRoad, server } = options;
  const admit = createAdmission(options);
  return async (request, setHeader) => {
    const started = performance.now();
    const visit = new Visit(request.id, options.log);
    try {
      const answer = await withDeadline(timeoutMs, undefined, async (limit) => {
        const { context, body } = await admit(request, setHeader, visit, limit);
        const admitted = body === request.body ? request : { ...request, body };
        return await (shortRoad.answer(admitted, context) ?? throughApollo(admitted, context, server, setHeader));
      });
      visit.status = answer.status;
      return answer;
    } catch (thrown) {
      const late = new PolygraphError('TIMEOUT', 'The operation took too long and was given up.');
      const error = thrown instanceof DeadlineError ? late : thrown;
      const known = findPolygraphError(error);
      visit.refusal = known?.code ?? 'INTERNAL';
      tellWhenAgain(known?.extensions, setHeader);
      throw error;
    } finally {
      visit.end((performance.now() - started) / 1000, metrics);
    }
  };
}

/** What is known of a request while it is answered, for the log and the metrics. */
class Visit implements Visitor {
  tenant: TenantContext | undefined;
  refusal: ErrorCode | undefined;
  status = 200;
  readonly trace: OperationTrace = { fetches: 0, storeQueries: undefined, code: undefined };
  readonly #requestId: string;
  readonly #log: Logger;
  #own: Logger | undefined;

  constructor(requestId: string, log: Logger) {
    this.#requestId = requestId;
    this.#log = log;
  }

  /** Made when there is something to say, which mostly there is not. */
  get log(): Logger {
    this.#own ??= this.#log.child({
      requestId: this.#requestId,
      ...(this.tenant ? { tenant: this.tenant.tenantId } : {}),
    });
    return this.#own;
  }

  end(seconds: number, metrics: Metrics): void {
    const code = this.refusal ?? this.trace.code ?? (this.status < 400 ? 'OK' : 'BAD_USER_INPUT');
    // Who was answered with what another asked for has asked the stores nothing; who was refused keeps what was charged.
    if (!this.refusal) this.trace.cost?.bill?.settle(this.trace.storeQueries);
    metrics.observeRequest(code, seconds);
    if (!this.#log.isLevelEnabled('info')) return;
    this.log.info({ code, ms: Math.round(seconds * 1000), fetches: this.trace.fetches }, 'request');
  }
}

function tellWhenAgain(facts: Readonly<Record<string, unknown>> | undefined, setHeader: SetHeader): void {
  if (typeof facts?.retryAfterSeconds === 'number') setHeader('retry-after', String(facts.retryAfterSeconds));
}

async function throughApollo(
  request: GraphqlRequest,
  context: GatewayContext,
  server: ApolloServer<GatewayContext>,
  setHeader: SetHeader,
): Promise<GraphqlAnswer> {
  const { status, headers, body } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers: headersOf(request), body: request.body, search: '' },
    context: async () => context,
  });
  if (body.kind !== 'complete') {
    throw new PolygraphError('NOT_SUPPORTED', 'Incremental delivery is not supported.');
  }
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== undefined) setHeader('retry-after', retryAfter);
  return { status: status ?? 200, contentType: headers.get('content-type') ?? JSON_TYPE, body: body.string };
}

function headersOf(request: GraphqlRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

const JSON_TYPE = 'application/json; charset=utf-8';
