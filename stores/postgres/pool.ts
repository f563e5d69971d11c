import pg from 'pg';
import type { Logger } from '#platform/log';
import { SCAN_OPTIONS } from './scans.ts';

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
  /** Absent: the server of the URL, whatever is promoted. */
  onPrimary?: OnPrimary | undefined;
  /** Told of each pool that is really opened: another one after each change of the primary. */
  onOpen?: (pool: pg.Pool) => void;
}

/** @returns the same URL on the server that takes writes now, as far as is known */
export type OnPrimary = (url: string) => string;

/** For who is told of no other server. */
export const sameServer: OnPrimary = (url) => url;

/**
 * Where another server becomes the primary, new connections go there and those to
 * the former are closed when what is under way is done.
 */
export function createPostgresPool({ onPrimary, ...options }: PostgresPoolOptions): pg.Pool {
  return onPrimary ? followPrimary(options, onPrimary) : openPool(options);
}

function followPrimary(options: PostgresPoolOptions, onPrimary: OnPrimary): pg.Pool {
  const leaving = new Set<Promise<void>>();
  const openAt = (url: string) => ({ url, pool: openPool({ ...options, url }) });
  let current = openAt(onPrimary(options.url));
  const leave = (pool: pg.Pool): void => {
    const done: Promise<void> = pool.end().finally(() => leaving.delete(done));
    leaving.add(done);
  };
  const now = (): pg.Pool => {
    const url = onPrimary(options.url);
    if (url === current.url) return current.pool;
    leave(current.pool);
    current = openAt(url);
    return current.pool;
  };
  const end = async (): Promise<void> => {
    leave(current.pool);
    await Promise.all(leaving);
  };
  return new Proxy(current.pool, {
    get(_, key) {
      if (key === 'end') return end;
      const pool = now();
      const value: unknown = Reflect.get(pool, key, pool);
      return typeof value === 'function' ? value.bind(pool) : value;
    },
  });
}

function openPool({
  url,
  size,
  timeoutMs,
  applicationName,
  log,
  pipeline = false,
  idleMs = 10_000,
  onOpen,
}: PostgresPoolOptions): pg.Pool {
  const config: pg.PoolConfig & { pipeline: boolean } = {
    connectionString: url,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    options: SCAN_OPTIONS,
    // A server that stays silent: the connection is given up a moment after the server itself would have.
    query_timeout: timeoutMs + 500,
    idle_in_transaction_session_timeout: 30_000,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    pipeline,
  };
  const pool = new pg.Pool(config);
  pool.on('error', (err) => log.warn({ err: { message: err.message } }, 'an idle PostgreSQL connection was lost'));
  hearLosses(pool);
  onOpen?.(pool);
  return pool;
}

/**
 * A connection may be lost while somebody holds it, between two statements. Who holds it is told by the next one; unheard,
 * the event itself would end the process.
 */
export function hearLosses(pool: pg.Pool): void {
  pool.on('connect', (client) => client.on('error', () => undefined));
}
