import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics';
import type { CompiledOperations } from '../execution/compiled/index.ts';
import { JsonText } from '../execution/compiled/json.ts';
import type { GatewayContext } from '../execution/operation.ts';
import { createSharing } from '../execution/sharing.ts';
import type { GraphqlAnswer, GraphqlRequest } from './answer.ts';
import { formatError } from './errors.ts';
import { isRemembered } from './known-bodies.ts';
import type { KnownOperation, KnownOperations } from './known-operations.ts';
import type { ResolvedOperation, Steps } from './steps.ts';

/**
 * The way of an operation whose document Apollo Server knows: no second parse,
 * no hooks, no headers turned into maps. It answers as Apollo Server would, and
 * leaves to it what is in any way unusual.
 */
export interface ShortRoad {
  /** @returns undefined where Apollo Server should answer @throws PolygraphError where a step refuses */
  answer(request: GraphqlRequest, context: GatewayContext): Promise<GraphqlAnswer> | undefined;
}

export interface ShortRoadOptions {
  known: KnownOperations;
  operations: CompiledOperations | undefined;
  steps: Steps;
  metrics: Metrics;
  log: Logger;
}

export function createShortRoad({ known, operations, steps, metrics, log }: ShortRoadOptions): ShortRoad {
  const sharing = createSharing<GraphqlAnswer>(() => metrics.countShared('operation'));

  const run = async (
    operation: KnownOperation,
    variables: Variables,
    context: GatewayContext,
  ): Promise<GraphqlAnswer> => {
    const result = await (operations as CompiledOperations).runToText(operation.runnable, variables, context);
    const errors = result.errors?.map((error) => formatError(error, log));
    const { data, extensions } = result;
    const answer = steps.after({ ...(errors ? { errors } : {}), data, extensions }, context);
    return { status: answer.data === undefined ? 400 : 200, contentType: JSON_TYPE, body: bodyOf(answer) };
  };

  const find = (body: unknown): Question | undefined => {
    const request = plainRequest(body);
    const operation = request && known.find(request.query, request.operationName);
    if (!operation) return undefined;
    const { query, variables, operationName } = request;
    return {
      operation,
      resolved: { ...operation, variables },
      text: JSON.stringify([operationName, variables, query]),
    };
  };
  const found = new WeakMap<object, Question>();
  const questionOf = (body: object): Question | undefined => {
    const earlier = found.get(body);
    if (earlier && known.isCurrent(earlier.operation)) return earlier;
    const question = find(body);
    if (question && isRemembered(body)) found.set(body, question);
    return question;
  };

  const runOrJoin = ({ operation, resolved, text }: Question, context: GatewayContext): Promise<GraphqlAnswer> => {
    const { variables } = resolved;
    if (operation.operation.operation === 'mutation') {
      return run(operation, variables, context).finally(() => sharing.written(context.tenant.tenantId));
    }
    // A trace is of one request, and names it.
    if (context.showTrace || context.alone) return run(operation, variables, context);
    return sharing.run(context.tenant, text, () => run(operation, variables, context));
  };

  return {
    answer({ headers, body }, context) {
      const question = operations && takesJson(headers.accept) ? questionOf(body as object) : undefined;
      if (!question) return undefined;
      const charged = steps.before(question.resolved, context);
      return charged ? charged.then(() => runOrJoin(question, context)) : runOrJoin(question, context);
    },
  };
}

/** What a body asks for. */
interface Question {
  readonly operation: KnownOperation;
  readonly resolved: ResolvedOperation;
  /** All that the answer depends on beside the reader. */
  readonly text: string;
}

type Variables = Readonly<Record<string, unknown>>;

interface PlainRequest {
  readonly query: string;
  readonly variables: Variables;
  readonly operationName: string | undefined;
}

/** What needs no explanation: the rest is Apollo Server's to explain. */
function plainRequest(body: unknown): PlainRequest | undefined {
  const { query, variables, operationName, extensions } = body as Readonly<Record<string, unknown>>;
  if (typeof query !== 'string') return undefined;
  if (extensions !== undefined && extensions !== null) return undefined;
  if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables))) return undefined;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined;
  return { query, variables: (variables as Variables | null) ?? {}, operationName: operationName || undefined };
}

/** Other media types have other rules for the status, which Apollo Server knows. */
const takesJson = (accept: string | undefined): boolean =>
  accept === undefined || accept === '*/*' || accept === 'application/json';

interface Written {
  readonly errors?: unknown;
  readonly data?: unknown;
  readonly extensions?: unknown;
}

function bodyOf({ errors, data, extensions }: Written): string | Buffer {
  if (!(data instanceof JsonText)) return `${JSON.stringify({ errors, data, extensions })}\n`;
  const before = errors === undefined ? '{"data":' : `{"errors":${JSON.stringify(errors)},"data":`;
  const after = extensions === undefined ? '}\n' : `,"extensions":${JSON.stringify(extensions)}}\n`;
  return data.within(before, after);
}

const JSON_TYPE = 'application/json; charset=utf-8';
