import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel';
import { Pool } from 'undici';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import { Exchange } from './exchange.ts';
import type { SubgraphCall, Transport } from './transport.ts';

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
 * One request a connection at a time: behind a slow answer another would wait.
 */
export function createHttpTransport({
  url,
  timeoutMs,
  maxBytes = 32_000_000,
  connections = 64,
}: HttpTransportOptions): Transport {
  const { origin, pathname, search } = new URL(url);
  const path = `${pathname}${search}`;
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

  const exchange = ({ body, assertion, requestId, limit }: SubgraphCall): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = ['content-type', 'application/json', 'x-request-id', requestId];
      if (assertion !== undefined) headers.push(ASSERTION_HEADER, assertion);
      pool.dispatch({ method: 'POST', path, headers, body }, new Exchange({ resolve, reject, limit }));
    });

  return {
    answersText: true,
    async send(call) {
      // A caller that gave up says nothing about the subgraph, so it stays out of the breaker's count.
      if (call.limit.reason !== undefined) throw call.limit.reason;
      // The library lets everybody wait for the probe, which takes all its time where the subgraph is still away.
      if (breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
      return breaker.execute(() => exchange(call));
    },
    close: () => pool.destroy(),
  };
}
