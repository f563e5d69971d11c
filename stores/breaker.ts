import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { PolygraphError } from '#platform/errors';
import type { StoreName } from '#platform/tally';

export interface StoreBreaker {
  /**
   * Runs one call to the store within its time budget.
   * @throws PolygraphError STORE_UNAVAILABLE where the store is out of reach, too slow, or was so a moment ago
   */
  run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** 'closed' serves; 'open' refuses at once; 'half-open' lets one probe through. */
  state(): 'closed' | 'open' | 'half-open';
}

export interface StoreBreakerOptions {
  store: StoreName;
  /** Tells a store that is out of reach from a statement that is wrong: only the former opens the breaker. */
  isUnreachable: (error: unknown) => boolean;
  timeoutMs: number;
  /** Failures in a row that open it. */
  failures?: number;
}

/** One breaker a store: when it is down, requests learn so at once instead of queueing behind time-outs. */
export function createStoreBreaker({
  store,
  isUnreachable,
  timeoutMs,
  failures = 5,
}: StoreBreakerOptions): StoreBreaker {
  // A driver that honours the signal may report the end of the time before the policy does.
  const failed = (error: unknown): boolean =>
    error instanceof TaskCancelledError ||
    (error instanceof Error && error.name === 'AbortError') ||
    isUnreachable(error);
  const breaker = circuitBreaker(handleWhen(failed), {
    halfOpenAfter: new ExponentialBackoff({ initialDelay: 500, maxDelay: 2_000 }),
    breaker: new ConsecutiveBreaker(failures),
  });
  // A call that has ended needs no abort, which would make an error and its stack each time.
  const limit = timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
  const policy = wrap(breaker, limit);
  return {
    async run(call) {
      // The library lets everybody wait for the probe, which takes all its time where the store is still away.
      if (breaker.state === CircuitState.HalfOpen) throw unavailable(store, new Error('A probe is under way.'));
      try {
        // A signal of its own: cockatiel's default is one for all calls, and Node warns of its many listeners.
        return await policy.execute(({ signal }) => call(signal), new AbortController().signal);
      } catch (error) {
        if (failed(error) || error instanceof BrokenCircuitError) throw unavailable(store, error);
        throw error;
      }
    },
    state: () => (['closed', 'open', 'half-open', 'open'] as const)[breaker.state] ?? 'open',
  };
}

/** The cause stays on our side: it can hold a host name. */
export function unavailable(store: StoreName, cause: unknown): PolygraphError {
  const originalError = cause instanceof Error ? cause : new Error(String(cause));
  return new PolygraphError('STORE_UNAVAILABLE', `${LABELS[store]} does not answer at the moment.`, {
    originalError,
    facts: { store },
  });
}

const LABELS: Record<StoreName, string> = { postgres: 'PostgreSQL', mongo: 'MongoDB', neo4j: 'Neo4j', redis: 'Redis' };
