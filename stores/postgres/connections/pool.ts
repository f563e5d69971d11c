import pg from 'pg';
import type { Logger } from '#platform/log';
import { hearLosses } from '../pool.ts';
import { SCAN_OPTIONS } from '../scans.ts';
import { createMeter, type Meter } from './meter.ts';
import type { ConnectionRecord } from './record.ts';

export interface ManagedPool {
  /** As the driver's, but what it hands out has just answered, and how it went is measured. */
  readonly pool: pg.Pool;
  readonly metrics: () => PoolMetrics;
  /** Lets go of nothing that is under way: resolves when the last has been given back. */
  drain(): Promise<void>;
}

/** Of the last calls, at most 512. */
export interface PoolMetrics {
  readonly totalConnections: number;
  readonly activeConnections: number;
  readonly idleConnections: number;
  readonly waiting: number;
  readonly avgResponseTimeMs: number;
  readonly p95ResponseTimeMs: number;
  readonly connectionAcquisitionTimeMs: number;
  /** 0 to 100: what succeeds, less what waits. */
  readonly healthScore: number;
  /** 0 to 1. */
  readonly querySuccessRate: number;
  /** In the last minute. */
  readonly recentFailures: number;
  /** Connections in use of those that may be opened, 0 to 1. */
  readonly saturationLevel: number;
  /** Connections in use of those that are open, 0 to 1. */
  readonly poolEfficiency: number;
}

/** Opens no connection before the first is asked for. */
export function createManagedPool(record: ConnectionRecord, log: Logger): ManagedPool {
  const config: pg.PoolConfig & { pipeline: boolean } = {
    host: record.host,
    port: record.port,
    database: record.database_name,
    user: record.username,
    password: record.password,
    ssl: record.ssl_mode === 'disable' ? false : { rejectUnauthorized: record.ssl_mode === 'verify-full' },
    min: record.pool_min_size,
    max: record.pool_max_size,
    connectionTimeoutMillis: record.pool_timeout_seconds * 1_000,
    maxLifetimeSeconds: record.pool_recycle_seconds,
    statement_timeout: record.statement_timeout_ms,
    query_timeout: record.statement_timeout_ms + 500,
    idle_in_transaction_session_timeout: 30_000,
    application_name: record.application_name,
    options: SCAN_OPTIONS,
    keepAlive: true,
    pipeline: true,
  };
  const pool = new pg.Pool(config);
  const facts = { connection: record.connection_name };
  pool.on('error', (err) => log.warn({ ...facts, err: { message: err.message } }, 'an idle connection was lost'));
  hearLosses(pool);
  const meter = createMeter();
  const checkOut = (): Promise<pg.PoolClient> => connect(pool, meter, record.pool_pre_ping);
  const measured = new Proxy(pool, {
    get(target, key) {
      if (key === 'connect') return checkOut;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { pool: measured, metrics: () => metricsOf(pool, meter, record.pool_max_size), drain: () => pool.end() };
}

async function connect(pool: pg.Pool, meter: Meter, prePing: boolean): Promise<pg.PoolClient> {
  const began = performance.now();
  for (;;) {
    const client = await pool.connect().catch((error: unknown) => {
      meter.note(performance.now() - began, false);
      throw error;
    });
    const restedMs = performance.now() - (usedAt.get(client) ?? performance.now());
    if (!prePing || restedMs < PING_AFTER_MS || (await answers(client))) {
      meter.acquired(performance.now() - began);
      return timed(client, meter);
    }
    client.release(true);
  }
}

/** A connection that was cut while it lay idle is found here, not by the statement of a request. */
async function answers(client: pg.PoolClient): Promise<boolean> {
  return client.query('SELECT 1').then(
    () => true,
    () => false,
  );
}

/** When each was last given back: one that has just been used needs no question. */
const usedAt = new WeakMap<object, number>();
const PING_AFTER_MS = 1_000;

/** Measures from here until it is given back. */
function timed(client: pg.PoolClient, meter: Meter): pg.PoolClient {
  const began = performance.now();
  return new Proxy(client, {
    get(target, key) {
      if (key === 'release') {
        return (error?: Error | boolean) => {
          meter.note(performance.now() - began, !error);
          usedAt.set(target, performance.now());
          target.release(error);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function metricsOf(pool: pg.Pool, meter: Meter, max: number): PoolMetrics {
  const [total, idle, waiting] = [pool.totalCount, pool.idleCount, pool.waitingCount];
  const { averageMs, p95Ms, acquisitionMs, successRate, recentFailures } = meter.read();
  const saturation = (total - idle) / max;
  return {
    totalConnections: total,
    activeConnections: total - idle,
    idleConnections: idle,
    waiting,
    avgResponseTimeMs: averageMs,
    p95ResponseTimeMs: p95Ms,
    connectionAcquisitionTimeMs: acquisitionMs,
    healthScore: Math.round(100 * successRate * (1 - 0.5 * Math.min(1, waiting / max))),
    querySuccessRate: successRate,
    recentFailures,
    saturationLevel: saturation,
    poolEfficiency: total === 0 ? 1 : (total - idle) / total,
  };
}
