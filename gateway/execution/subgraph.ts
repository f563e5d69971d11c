import { isErrorCode, PolygraphError } from '#platform/errors';
import type { Metrics } from '#platform/metrics';
import type { SignAssertion } from '#tenancy/assertion/sign';
import { underDeadline } from './deadline.ts';
import type { GatewayContext } from './operation.ts';
import type { SubgraphAnswer, Transport } from './transport.ts';

/** A subgraph as the executors see it. */
export interface Subgraph {
  readonly name: string;
  /**
   * Never rejects: whoever runs a plan would lose path and code with it.
   * @param body the request as JSON text, which is hashed, signed and sent as it is
   * @returns undefined where the subgraph does not answer, which is then logged and counted
   */
  ask(body: string, context: GatewayContext): Promise<SubgraphAnswer | undefined>;
}

export interface SubgraphOptions {
  name: string;
  transport: Transport;
  sign: SignAssertion;
  /** Longest wait for one fetch, shorter than the whole request so that the rest can still be answered. */
  timeoutMs: number;
  metrics: Metrics;
}

export function createSubgraph({ name, transport, sign, timeoutMs, metrics }: SubgraphOptions): Subgraph {
  return {
    name,
    async ask(body, { tenant, requestId, signal, trace, log }) {
      try {
        trace.fetches += 1;
        const assertion = sign(tenant, name, body);
        const answer = await underDeadline(timeoutMs, signal, (limit) =>
          transport.send({
            body,
            assertion,
            requestId,
            get signal() {
              return limit();
            },
          }),
        );
        const refusal = refusedByDoor(answer);
        if (refusal) throw new Error(`The subgraph refused the gateway: ${refusal}`);
        metrics.countFetch(name, answer.errors ? 'errors' : 'ok');
        return answer;
      } catch (error) {
        log.error({ err: error, subgraph: name }, 'subgraph did not answer');
        metrics.countFetch(name, 'unavailable');
        return undefined;
      }
    },
  };
}

/** What the client reads at every field that a silent subgraph leaves null. */
export function unavailable(name: string): PolygraphError {
  return new PolygraphError('SUBGRAPH_UNAVAILABLE', `The ${name} part of the graph does not answer.`);
}

/** An assertion that is refused is a fault between us and the subgraph; the client can do nothing about it. */
function refusedByDoor({ data, errors }: SubgraphAnswer): string | undefined {
  const code = data ? undefined : errors?.[0]?.extensions?.code;
  return isErrorCode(code) && code.startsWith('ASSERTION_') ? code : undefined;
}
