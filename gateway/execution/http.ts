import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel';
import { Pool } from 'undici';
import { type StoreCounts, tallyAll } from '#platform/tally';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import type { SubgraphAnswer, SubgraphCall, Transport } from './transport.ts';

export interface HttpTransportOptions {
  /** Where the subgraph takes POST, for example http://content:4001/graphql */
  url: string;
  timeoutMs: number;
  /** Largest answer that is read, in bytes. */
  maxBytes?: number;
  connections?: number;
}

/**
 * A subgraph behind HTTP: kept-alive connections, a limit of time and size, and
 * a breaker, so that a dead subgraph costs its fields and not everybody's time.
 */
export function createHttpTransport({
  url,
  timeoutMs,
  maxBytes = 32_000_000,
  connections = 32,
}: HttpTransportOptions): Transport {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: Math.min(timeoutMs, 2_000) },
    maxResponseSize: maxBytes,
  });
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: new ExponentialBackoff({ initialDelay: 500, maxDelay: 5_000 }),
    breaker: new ConsecutiveBreaker(5),
  });

  const request = async ({ body, assertion, requestId, signal }: SubgraphCall): Promise<SubgraphAnswer> => {
    const response = await pool.request({
      method: 'POST',
      path: `${pathname}${search}`,
      headers: { 'content-type': 'application/json', 'x-request-id': requestId, [ASSERTION_HEADER]: assertion },
      body,
      signal,
    });
    return readAnswer(await response.body.text(), response.statusCode);
  };

  return {
    async send(call) {
      // A caller that gave up says nothing about the subgraph, so it stays out of the breaker's count.
      call.signal.throwIfAborted();
      // The library lets everybody wait for the probe, which takes all its time where the subgraph is still away.
      if (breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
      const answer = await breaker.execute(() => request(call));
      tallyAll(storeQueriesOf(answer));
      return answer;
    },
    close: () => pool.destroy(),
  };
}

/** Any status is fine as long as the body is a GraphQL answer: a refusal is one too. */
function readAnswer(text: string, status: number): SubgraphAnswer {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) {
    return answer as SubgraphAnswer;
  }
  throw new Error(`The subgraph answered ${status} without data or errors.`);
}

function storeQueriesOf(answer: SubgraphAnswer): Partial<StoreCounts> {
  const counts = answer.extensions?.storeQueries;
  if (typeof counts !== 'object' || counts === null) return {};
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => Number.isSafeInteger(count)));
}
