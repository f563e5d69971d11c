import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StoreName } from './tally.ts';

/**
 * What Prometheus reads. Every label is from a fixed set (codes of the
 * catalogue, names of subgraphs and stores): no tenant, no path, no operation
 * name, so that neither a tenant's habits nor a client's invention ends up here.
 */
export interface Metrics {
  /** @param code `OK` or the code of the first error */
  observeRequest(code: string, seconds: number): void;
  countFetch(subgraph: string, outcome: 'ok' | 'errors' | 'unavailable'): void;
  /** @param reason why an operation was not run by the compiled executor */
  countFallback(reason: string): void;
  /** Somebody was answered by what another had asked already. */
  countShared(what: 'fetch' | 'operation'): void;
  /**
   * @param what a whole operation, a root field's fetch or one entity @param outcome `bypass`: nothing may be kept now
   * @param ageSeconds of what was given
   */
  observeCache(
    what: 'operation' | 'fetch' | 'entity',
    outcome: 'hit' | 'stale' | 'miss' | 'bypass',
    ageSeconds: number,
  ): void;
  setStoreState(store: StoreName, up: boolean): void;
  /** In the text format of Prometheus. */
  expose(): Promise<{ contentType: string; text: string }>;
}

/** A registry of its own, so that two gateways of one process (in tests) do not share counts. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'polygraph_' });
  const requests = new Histogram({
    name: 'polygraph_request_seconds',
    help: 'Time to answer a GraphQL request, by code of its first error.',
    labelNames: ['code'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const fetches = new Counter({
    name: 'polygraph_subgraph_fetches_total',
    help: 'Fetches from subgraphs.',
    labelNames: ['subgraph', 'outcome'],
    registers: [registry],
  });
  const fallbacks = new Counter({
    name: 'polygraph_execution_fallbacks_total',
    help: 'Operations run by the executor of @apollo/gateway instead of ours, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const shared = new Counter({
    name: 'polygraph_shared_total',
    help: 'Fetches and whole operations answered by an equal one of the same reader that was under way.',
    labelNames: ['what'],
    registers: [registry],
  });
  const looks = new Counter({
    name: 'polygraph_cache_looks_total',
    help: 'Looks for a kept answer, by what was wanted and how it ended. Hits and stale by all is the hit ratio.',
    labelNames: ['what', 'outcome'],
    registers: [registry],
  });
  const ages = new Histogram({
    name: 'polygraph_cache_age_seconds',
    help: 'Age of kept answers when they were given.',
    labelNames: ['what'],
    buckets: [0.1, 1, 5, 15, 30, 60, 120, 300],
    registers: [registry],
  });
  const states = new Gauge({
    name: 'polygraph_store_up',
    help: 'Whether a store answers: 1 or 0.',
    labelNames: ['store'],
    registers: [registry],
  });
  return {
    observeRequest: (code, seconds) => requests.observe({ code }, seconds),
    countFetch: (subgraph, outcome) => fetches.inc({ subgraph, outcome }),
    countFallback: (reason) => fallbacks.inc({ reason }),
    countShared: (what) => shared.inc({ what }),
    observeCache(what, outcome, ageSeconds) {
      looks.inc({ what, outcome });
      if (outcome === 'hit' || outcome === 'stale') ages.observe({ what }, ageSeconds);
    },
    setStoreState: (store, up) => states.set({ store }, up ? 1 : 0),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
