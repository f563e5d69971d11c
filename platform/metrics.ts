import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { RequestTimes } from './request-times.ts';
import type { StoreName } from './tally.ts';

/**
 * What Prometheus reads. Every label is from a fixed set (codes of the
 * catalogue, names of subgraphs, stores and database servers): no tenant, no path, no operation
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
  /** Replaces what was told before: a server that was taken out of the registry is not told any more. */
  setDatabaseServers(servers: readonly DatabaseServerMetrics[], dedicatedConnections: number): void;
  /** In the text format of Prometheus. */
  expose(): Promise<{ contentType: string; text: string }>;
}

/** A server of the installation, named by its operators, and its pool in this process. */
export interface DatabaseServerMetrics {
  readonly name: string;
  readonly primary: boolean;
  readonly state: string;
  /** Of the last check. */
  readonly latencyMs: number | null;
  /** Numbers under the names of `PoolMetrics`, of stores/postgres. */
  readonly pool: Readonly<Record<string, number>>;
}

/** A registry of its own, so that two gateways of one process (in tests) do not share counts. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'polygraph_' });
  const requests = new RequestTimes();
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
  // Counted for nearly every request of a busy moment, so as a plain number; labels are for who reads it.
  const joined = { ...NOBODY_JOINED };
  new Counter({
    name: 'polygraph_shared_total',
    help: 'Fetches and whole operations answered by an equal one of the same reader that was under way.',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      for (const what of JOINABLE) this.inc({ what }, joined[what]);
      Object.assign(joined, NOBODY_JOINED);
    },
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
  const servers = createServerMetrics(registry);
  return {
    observeRequest: (code, seconds) => requests.observe(code, seconds),
    countFetch: (subgraph, outcome) => fetches.inc({ subgraph, outcome }),
    countFallback: (reason) => fallbacks.inc({ reason }),
    countShared: (what) => {
      joined[what] += 1;
    },
    observeCache(what, outcome, ageSeconds) {
      looks.inc({ what, outcome });
      if (outcome === 'hit' || outcome === 'stale') ages.observe({ what }, ageSeconds);
    },
    setStoreState: (store, up) => states.set({ store }, up ? 1 : 0),
    setDatabaseServers: servers,
    expose: async () => ({
      contentType: registry.contentType,
      text: `${await registry.metrics()}\n${requests.text()}`,
    }),
  };
}

const NOBODY_JOINED = { fetch: 0, operation: 0 };
const JOINABLE = ['fetch', 'operation'] as const;

function createServerMetrics(registry: Registry): Metrics['setDatabaseServers'] {
  const gauge = (name: string, help: string, labelNames: readonly string[]) =>
    new Gauge({ name: `polygraph_postgres_${name}`, help, labelNames, registers: [registry] });
  const health = gauge('server_health', 'Health of a database server: 1 for the state that it is in.', [
    ...['connection', 'state'],
  ]);
  const primary = gauge('server_primary', 'Whether writes go to this database server: 1 or 0.', ['connection']);
  const checks = gauge('server_check_milliseconds', 'How long the last check of its health took.', ['connection']);
  const pools = gauge('pool', 'The pool of a database server in this process: one value for each measure.', [
    ...['connection', 'measure'],
  ]);
  const dedicated = gauge('dedicated_connections', 'Open to databases of tenants’ own, all together.', []);
  return (servers, dedicatedConnections) => {
    for (const all of [health, primary, checks, pools]) all.reset();
    dedicated.set(dedicatedConnections);
    for (const { name: connection, primary: isPrimary, state, latencyMs, pool } of servers) {
      health.set({ connection, state }, 1);
      primary.set({ connection }, isPrimary ? 1 : 0);
      if (latencyMs !== null) checks.set({ connection }, latencyMs);
      for (const [measure, value] of Object.entries(pool)) pools.set({ connection, measure }, value);
    }
  };
}
