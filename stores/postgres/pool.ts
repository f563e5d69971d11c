import pg from 'pg';
import type { Logger } from '#platform/log';

export interface PostgresPoolOptions {
  /** Of the role that the pool serves. */
  url: string;
  size: number;
  timeoutMs: number;
  applicationName: string;
  log: Logger;
  /** Sends statements without waiting for the answers of those before. */
  pipeline?: boolean;
  /** How long a connection is kept that nobody uses. */
  idleMs?: number;
}

export function createPostgresPool({
  url,
  size,
  timeoutMs,
  applicationName,
  log,
  pipeline = false,
  idleMs = 10_000,
}: PostgresPoolOptions): pg.Pool {
  const config: pg.PoolConfig & { pipeline: boolean } = {
    connectionString: url,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    // A server that stays silent: the connection is given up a moment after the server itself would have.
    query_timeout: timeoutMs + 500,
    idle_in_transaction_session_timeout: 30_000,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    pipeline,
  };
  const pool = new pg.Pool(config);
  pool.on('error', (err) => log.warn({ err: { message: err.message } }, 'an idle PostgreSQL connection was lost'));
  return pool;
}
