import { isErrorCode, PolygraphError } from '#platform/errors';
import type { Metrics } from '#platform/metrics';
import { addCounts, type StoreCounts } from '#platform/tally';
import type { SignAssertion } from '#tenancy/assertion/sign';
import { withDeadline } from './deadline.ts';
import type { GatewayContext } from './operation.ts';
import type { Sharing } from './sharing.ts';
import type { SubgraphAnswer, Transport } from './transport.ts';

/** A subgraph as the executors see it. */
export interface Subgraph {
  readonly name: string;
  /**
   * Never rejects: whoever runs a plan would lose path and code with it.
   * @param body the request as JSON text, which is hashed, signed and sent as it is
   * @param kind a `read` may be answered by the same read of the same reader that is under way
   * @returns undefined where the subgraph does not answer, which is then logged and counted
   */
  ask(body: string, context: GatewayContext, kind: 'read' | 'write'): Promise<SubgraphAnswer | undefined>;
}

export interface SubgraphOptions {
  name: string;
  transport: Transport;
  /** Absent in front of subgraphs that know no tenants. */
  sign: SignAssertion | undefined;
  /** Longest wait for one fetch, shorter than the whole request so that the rest can still be answered. */
  timeoutMs: number;
  metrics: Metrics;
  /** Of reads under way; used where the transport answers text. */
  sharing: Sharing<SubgraphAnswer | string>;
}

export function createSubgraph({ name, transport, sign, timeoutMs, metrics, sharing }: SubgraphOptions): Subgraph {
  const send = (body: string, { tenant, requestId, limit, trace }: GatewayContext) => {
    trace.fetches += 1;
    const assertion = sign?.(tenant, name, body);
    return withDeadline(timeoutMs, limit, (own) => transport.send({ body, assertion, requestId, limit: own }));
  };
  return {
    name,
    async ask(body, context, kind) {
      try {
        const shared = kind === 'read' && transport.answersText && !context.alone;
        const answer = shared
          ? readAnswer(await sharing.run(context.tenant, `${name}\n${body}`, () => send(body, context)))
          : readAnswer(await send(body, context));
        addReportedQueries(context, answer);
        const refusal = refusedByDoor(answer);
        if (refusal) throw new Error(`The subgraph refused the gateway: ${refusal}`);
        metrics.countFetch(name, answer.errors ? 'errors' : 'ok');
        return answer;
      } catch (error) {
        context.visitor.log.error({ err: error, subgraph: name }, 'subgraph did not answer');
        metrics.countFetch(name, 'unavailable');
        return undefined;
      } finally {
        if (kind === 'write') sharing.written(context.tenant.tenantId);
      }
    },
  };
}

/** What the client reads at every field that a silent subgraph leaves null. */
export function unavailable(name: string): PolygraphError {
  return new PolygraphError('SUBGRAPH_UNAVAILABLE', `The ${name} part of the graph does not answer.`);
}

/** Any status is fine as long as the body is a GraphQL answer: a refusal is one too. */
function readAnswer(answer: SubgraphAnswer | string): SubgraphAnswer {
  if (typeof answer !== 'string') return answer;
  const read: unknown = JSON.parse(answer);
  if (typeof read === 'object' && read !== null && ('data' in read || 'errors' in read)) return read as SubgraphAnswer;
  throw new Error('The subgraph answered without data or errors.');
}

/** A subgraph of another process tells what it asked of the stores; one of this process is counted while it does. */
function addReportedQueries({ trace }: GatewayContext, { extensions }: SubgraphAnswer): void {
  const counts = extensions?.storeQueries;
  if (typeof counts !== 'object' || counts === null) return;
  const whole = Object.entries(counts).filter(([, count]) => Number.isSafeInteger(count));
  trace.storeQueries = addCounts(trace.storeQueries, Object.fromEntries(whole) as Partial<StoreCounts>);
}

/** An assertion that is refused is a fault between us and the subgraph; the client can do nothing about it. */
function refusedByDoor({ data, errors }: SubgraphAnswer): string | undefined {
  const code = data ? undefined : errors?.[0]?.extensions?.code;
  return isErrorCode(code) && code.startsWith('ASSERTION_') ? code : undefined;
}
