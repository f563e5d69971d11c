import pg from 'pg';
import type { Logger } from '#platform/log';
import { listenToOutbox } from '../outbox/listener.ts';
import { urlOfRole } from '../roles.ts';
import { type BalancerName, createBalancer } from './balance.ts';
import { createServerGroup, type ServerGroup } from './group.ts';
import type { HealthLimits } from './health.ts';
import { type ConnectionRecord, readConnections } from './record.ts';
import { createDatabaseServer, type DatabaseServer } from './server.ts';

export interface RegistryOptions {
  balancer?: BalancerName;
  health?: Partial<HealthLimits>;
  /** Between checks of the servers. */
  checkMs?: number;
  /** The registry is read when it changes; and so often besides, where that was missed. */
  reloadMs?: number;
  /** How long a tenant that has written reads from the primary alone. */
  readAfterWriteMs?: number;
}

export interface Registry {
  readonly group: ServerGroup;
  /** Reads the list and asks the servers, now. */
  reload(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface OpenRegistryOptions {
  url: string;
  secrets: readonly [string, ...string[]];
  appUrl: string;
  poolSize: number;
  timeoutMs: number;
  registry: RegistryOptions;
  log: Logger;
}

/**
 * The server of the URL, and those of type SHARED in `admin.database_connections`.
 * A row that changes is taken up without a restart: unchanged servers keep their
 * pools, others are drained. What cannot be read leaves everything as it was.
 */
export function openRegistry({
  url,
  secrets,
  appUrl,
  poolSize,
  timeoutMs,
  registry,
  log,
}: OpenRegistryOptions): Registry {
  const { balancer = 'LEAST_CONNECTIONS', checkMs = 1_000, reloadMs = 30_000 } = registry;
  const limits = { timeoutMs: 1_000, slowMs: 250, maxLagMs: 1_000, ...registry.health };
  const open = (record: ConnectionRecord): DatabaseServer => createDatabaseServer(record, limits, log);
  const main = open(recordOf(appUrl, poolSize, timeoutMs));
  const options = { balancer: createBalancer(balancer), intervalMs: checkMs, log };
  const group = createServerGroup({ servers: [main], ...options });
  const leaving = new Set<Promise<void>>();
  let reading: Promise<void> | undefined;

  const take = (records: readonly ConnectionRecord[]): void => {
    const known = new Map(group.servers().map((server) => [JSON.stringify(server.record), server]));
    const others = records.filter(({ connection_type }) => connection_type === 'SHARED');
    const servers = others.map((record) => known.get(JSON.stringify(record)) ?? open(record));
    for (const server of group.replace([main, ...servers])) {
      const done: Promise<void> = server.close().finally(() => leaving.delete(done));
      leaving.add(done);
    }
    // One server alone is asked by its requests.
    if (servers.length > 0) group.start();
    else group.stop();
  };
  const read = async (): Promise<void> => {
    try {
      take(await readFrom(at(url, group.primary().record), secrets));
    } catch (err) {
      log.warn({ err }, 'the registry of connections cannot be read; what is known stays in use');
    }
    await group.check();
  };
  /** What changes while the list is read is in none of its rows: it is read once more. */
  let asked = false;
  const readWhileAsked = async (): Promise<void> => {
    while (asked) {
      asked = false;
      await read();
    }
  };
  const reload = (): Promise<void> => {
    asked = true;
    reading ??= readWhileAsked().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const connection = () => ({
    connectionString: urlOfRole(at(url, group.primary().record), 'provision', secrets),
    application_name: 'polygraph registry',
  });
  const listener = listenToOutbox(connection, () => void reload(), log, 'polygraph_connections');
  const timer = setInterval(() => void reload(), reloadMs).unref();
  return {
    group,
    reload,
    async close() {
      clearInterval(timer);
      group.stop();
      await listener.close();
      await reading;
      await Promise.all([...leaving, ...group.servers().map((server) => server.close())]);
    },
  };
}

/** The same database on another server. */
export function at(url: string, { host, port }: ConnectionRecord): string {
  return Object.assign(new URL(url), { hostname: host, port: String(port) }).href;
}

async function readFrom(url: string, secrets: readonly [string, ...string[]]): Promise<ConnectionRecord[]> {
  const connectionString = urlOfRole(url, 'provision', secrets);
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await readConnections(client, secrets);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function recordOf(appUrl: string, poolSize: number, timeoutMs: number): ConnectionRecord {
  const { hostname, port, pathname, username, password, searchParams } = new URL(appUrl);
  const sslmode = searchParams.get('sslmode');
  return {
    connection_name: 'main',
    connection_type: 'SHARED',
    region_id: null,
    host: hostname,
    port: Number(port || 5432),
    database_name: decodeURIComponent(pathname.slice(1)),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ssl_mode: sslmode === 'require' || sslmode === 'verify-full' ? sslmode : 'disable',
    weight: 1,
    pool_min_size: 0,
    pool_max_size: poolSize,
    pool_timeout_seconds: timeoutMs / 1_000,
    pool_recycle_seconds: 3_600,
    pool_pre_ping: true,
    statement_timeout_ms: timeoutMs,
    application_name: 'polygraph',
    is_active: true,
  };
}
