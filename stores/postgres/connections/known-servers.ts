import pg from 'pg';
import type { Logger } from '#platform/log';
import { urlOfRole } from '../roles.ts';
import { type BalancerName, createBalancer } from './balance.ts';
import { createServerGroup, type ServerGroup } from './group.ts';
import type { HealthLimits } from './health.ts';
import { type ConnectionRecord, readConnections } from './record.ts';
import { createDatabaseServer, type DatabaseServer } from './server.ts';

export interface KnownServers {
  readonly group: ServerGroup;
  /** Reads the list and asks the servers, now. */
  reload(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface KnownServersOptions {
  url: string;
  secrets: readonly [string, ...string[]];
  appUrl: string;
  poolSize: number;
  timeoutMs: number;
  /** `host:port` of more servers of the same database: for who starts when that of the URL is gone, and its list with it. */
  standbys?: readonly string[] | undefined;
  balancer?: BalancerName | undefined;
  health?: Partial<HealthLimits> | undefined;
  /** Between checks of the servers. */
  checkMs?: number | undefined;
  log: Logger;
}

/**
 * The server of the URL, the standbys that were named, and those of type SHARED in `admin.database_connections`, whose
 * list is read from the one that takes writes. Servers that stay as they were keep their pools, others are drained.
 * What cannot be read leaves everything as it was.
 */
export function createKnownServers({
  url,
  secrets,
  appUrl,
  poolSize,
  timeoutMs,
  standbys = [],
  balancer = 'LEAST_CONNECTIONS',
  health,
  checkMs = 1_000,
  log,
}: KnownServersOptions): KnownServers {
  const limits = { timeoutMs: 1_000, slowMs: 250, maxLagMs: 1_000, ...health };
  const open = (record: ConnectionRecord): DatabaseServer => createDatabaseServer(record, limits, log);
  const main = open(recordOf(appUrl, poolSize, timeoutMs));
  const named = standbys.map((address) => placedAt(main.record, address));
  const group = createServerGroup({
    servers: [main, ...named.map(open)],
    ...{ balancer: createBalancer(balancer), intervalMs: checkMs, log },
  });
  const leaving = new Set<Promise<void>>();

  const take = (listed: readonly ConnectionRecord[]): void => {
    const known = new Map(group.servers().map((server) => [JSON.stringify(server.record), server]));
    const unlisted = named.filter((record) => !listed.some((other) => addressOf(other) === addressOf(record)));
    const servers = [...unlisted, ...listed].map((record) => known.get(JSON.stringify(record)) ?? open(record));
    for (const server of group.replace([main, ...servers])) {
      const done: Promise<void> = server.close().finally(() => leaving.delete(done));
      leaving.add(done);
    }
    watch();
  };
  /** One server alone is asked by its requests. */
  const watch = (): void => (group.servers().length > 1 ? group.start() : group.stop());
  const read = async (): Promise<void> => {
    const asked = group.primary();
    try {
      const records = await readFrom(at(url, asked.record), secrets);
      take(records.filter(({ connection_type }) => connection_type === 'SHARED'));
    } catch (err) {
      log.warn({ err }, 'the registry of connections cannot be read; what is known stays in use');
    }
    await group.check();
    if (group.primary() !== asked) stale = true;
  };
  /** What changes while the list is read is in none of its rows, and that of a former primary is an old one. */
  let stale = false;
  const readWhileStale = async (): Promise<void> => {
    while (stale) {
      stale = false;
      await read();
    }
  };
  let reading: Promise<void> | undefined;

  watch();
  return {
    group,
    reload() {
      stale = true;
      reading ??= readWhileStale().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    async close() {
      group.stop();
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

const addressOf = ({ host, port }: ConnectionRecord): string => `${host}:${port}`;

/** @param address `host:port` */
function placedAt(record: ConnectionRecord, address: string): ConnectionRecord {
  const { hostname, port } = new URL(`postgresql://${address}`);
  return { ...record, connection_name: address, host: hostname, port: Number(port || 5432) };
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
