import pg from 'pg';
import type { PoolMetrics } from './pool.ts';
import type { ConnectionRecord } from './record.ts';

/** DEGRADED answers, but slowly, late or with a pool that has no more to give; UNKNOWN was not checked yet. */
export type HealthState = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'UNKNOWN';

export interface ServerHealth {
  readonly state: HealthState;
  /** Which check found what, in words for operators. */
  readonly reason: string;
  /** Of the check itself; null where there was no answer. */
  readonly latencyMs: number | null;
  /** What a standby says of itself; undefined where there was no answer. */
  readonly server: ServerFacts | undefined;
}

export interface ServerFacts {
  readonly standby: boolean;
  /** Grows with each promotion; null of a standby. */
  readonly timeline: number | null;
  /** Behind what it has received, in milliseconds. */
  readonly lagMs: number;
  /** Whether a standby hears of its primary. */
  readonly streaming: boolean;
}

/** A check of the operator's own; undefined where it finds nothing wrong. */
export type CustomCheck = (facts: ServerFacts, metrics: PoolMetrics) => string | undefined;

export interface HealthLimits {
  readonly timeoutMs: number;
  /** An answer that took longer is DEGRADED. */
  readonly slowMs: number;
  /** A standby that lags further is DEGRADED, and serves no reads. */
  readonly maxLagMs: number;
  readonly custom?: readonly CustomCheck[];
}

export interface HealthProbe {
  /** Never rejects, and takes no longer than the time-out. */
  check(metrics: PoolMetrics): Promise<ServerHealth>;
  close(): Promise<void>;
}

/** Asks over a connection of its own, so that a pool without a free one is not taken for a server that is down. */
export function createHealthProbe(record: ConnectionRecord, limits: HealthLimits): HealthProbe {
  let client: pg.Client | undefined;
  const open = async (): Promise<pg.Client> => {
    const next = new pg.Client({
      ...{ host: record.host, port: record.port, database: record.database_name, user: record.username },
      password: record.password,
      ssl: record.ssl_mode === 'disable' ? false : { rejectUnauthorized: record.ssl_mode === 'verify-full' },
      application_name: `${record.application_name} health`,
      ...{ connectionTimeoutMillis: limits.timeoutMs, query_timeout: limits.timeoutMs },
    });
    next.on('error', () => undefined);
    try {
      await next.connect();
    } catch (error) {
      void next.end().catch(() => undefined);
      throw error;
    }
    return next;
  };
  const close = async (): Promise<void> => {
    const old = client;
    client = undefined;
    await old?.end().catch(() => undefined);
  };
  return {
    async check(metrics) {
      try {
        client ??= await open();
        const began = performance.now();
        const { rows } = await client.query<ServerFacts>({ name: 'health', text: FACTS });
        const [server] = rows;
        if (!server) throw new Error('no row');
        return judge(server, performance.now() - began, metrics, limits);
      } catch (error) {
        void close();
        const reason = `basic: ${error instanceof Error ? error.message || error.name : 'no answer'}`;
        return { state: 'UNHEALTHY', reason, latencyMs: null, server: undefined };
      }
    },
    close,
  };
}

/** Basic check passed; now how well it answers, what its pool has left, and what operators ask besides. */
export function judge(
  server: ServerFacts,
  latencyMs: number,
  metrics: PoolMetrics,
  { slowMs, maxLagMs, custom = [] }: HealthLimits,
): ServerHealth {
  const findings = [
    latencyMs > slowMs ? `performance: answered after ${Math.round(latencyMs)} ms` : undefined,
    metrics.waiting > 0 && metrics.saturationLevel >= 1 ? `pool: ${metrics.waiting} wait for a connection` : undefined,
    metrics.querySuccessRate < 0.9 ? `pool: ${metrics.recentFailures} failures in the last minute` : undefined,
    server.lagMs > maxLagMs ? `replication: ${Math.round(server.lagMs)} ms behind` : undefined,
    ...custom.map((check) => check(server, metrics)),
  ].filter((finding) => finding !== undefined);
  return {
    state: findings.length > 0 ? 'DEGRADED' : 'HEALTHY',
    reason: findings.join('; ') || 'basic, pool and performance are good',
    latencyMs,
    server,
  };
}

/** The first eight digits of a segment's name are its timeline. */
const FACTS = `
  SELECT r.standby,
    CASE WHEN NOT r.standby THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline,
    CASE WHEN NOT r.standby OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
      ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000, 0) END::float8 AS "lagMs",
    EXISTS (SELECT FROM pg_stat_wal_receiver) AS streaming
  FROM (SELECT pg_is_in_recovery() AS standby) AS r`;
