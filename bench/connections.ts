import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { createDatabaseServer } from '#stores/postgres/connections/server';

export interface ConnectionTimes {
  readonly what: string;
  /** Of the seeds; milliseconds. */
  readonly targetMs: number;
  readonly averageMs: number;
  readonly p95Ms: number;
}

/**
 * How long a connection is waited for, by ten that share a pool of as many, and
 * how long a check of a server's health takes: with a PostgreSQL of its own.
 */
export async function measureConnections(rounds: number): Promise<ConnectionTimes[]> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-'));
  const log = createLogger({ level: 'error' });
  const stores = await startLocalStores({ dir, only: ['postgres'], durable: false, log });
  const server = createDatabaseServer(recordOf(stores.environment.DATABASE_URL ?? ''), LIMITS, log);
  try {
    const acquire = async (): Promise<void> => {
      const client = await server.route().pool.connect();
      await client.query('SELECT 1');
      client.release();
    };
    // The first of each connects, which is measured apart from what follows.
    await Promise.all(Array.from({ length: CLIENTS }, acquire));
    await server.check();
    const acquisitions: number[] = [];
    const worker = async (): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        const began = performance.now();
        const client = await server.route().pool.connect();
        acquisitions.push(performance.now() - began);
        await client.query('SELECT 1');
        client.release();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, worker));
    const checks: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      await server.check();
      checks.push(performance.now() - began);
    }
    return [
      summary('acquisition of a connection', 10, acquisitions),
      summary('check of the health of a server', 5, checks),
    ];
  } finally {
    await server.close();
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function summary(what: string, targetMs: number, times: number[]): ConnectionTimes {
  const sorted = times.sort((a, b) => a - b);
  const averageMs = sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length;
  return { what, targetMs, averageMs, p95Ms: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0 };
}

function recordOf(url: string): Parameters<typeof createDatabaseServer>[0] {
  const { hostname, port, username, password } = new URL(url);
  return {
    ...{ connection_name: 'bench', connection_type: 'SHARED', region_id: null, weight: 1, is_active: true },
    ...{ host: hostname, port: Number(port), database_name: 'postgres', ssl_mode: 'disable' },
    ...{ username: decodeURIComponent(username), password: decodeURIComponent(password) },
    ...{ pool_min_size: 0, pool_max_size: CLIENTS, pool_timeout_seconds: 5, pool_recycle_seconds: 3_600 },
    ...{ pool_pre_ping: true, statement_timeout_ms: 5_000, application_name: 'polygraph bench' },
  };
}

const CLIENTS = 10;
const LIMITS = { timeoutMs: 2_000, slowMs: 250, maxLagMs: 1_000 };
