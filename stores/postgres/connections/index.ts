import { LRUCache } from 'lru-cache';
import type { Logger } from '#platform/log';
import type { StoreBreaker } from '../../breaker.ts';
import type { Route } from '../adapter.ts';
import { createPostgresPool, type OnPrimary, sameServer } from '../pool.ts';
import { urlOfRole } from '../roles.ts';
import type { HealthState } from './health.ts';
import { at, createKnownServers } from './known-servers.ts';
import type { PoolMetrics } from './pool.ts';
import { openRegistry, type RegistryOptions } from './registry.ts';

export type { RegistryOptions } from './registry.ts';

/** The servers that hold the shared database: one, or a primary with standbys. */
export interface Servers {
  /** To the primary, whichever that is: its pool and breaker may be others the next time they are asked for. */
  readonly shared: Route;
  /** Where a read of the tenant is tried, in this order. Opens no connection. */
  readRoutes(tenantId: string): readonly Route[];
  /** The tenant's reads go to the primary for a while, so that it sees what it wrote. */
  wrote(tenantId: string): void;
  /** Without I/O. Empty where there is no registry. */
  status(): readonly ServerStatus[];
  /** For whoever has connections of its own: to databases of tenants' own, as other roles. */
  readonly onPrimary: OnPrimary;
  /** Reads the registry and asks every server, now. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface ServerStatus {
  readonly name: string;
  readonly type: string;
  readonly region: string | null;
  readonly primary: boolean;
  readonly state: HealthState;
  readonly reason: string;
  readonly latencyMs: number | null;
  readonly pool: PoolMetrics;
}

export interface ServersOptions {
  /** The migrator's. */
  url: string;
  secrets?: readonly [string, ...string[]] | undefined;
  /** Of the role that serves requests. */
  appUrl: string;
  poolSize: number;
  timeoutMs: number;
  newBreaker: () => StoreBreaker;
  /** Absent: the one server of the URL, and nothing is looked for. */
  registry?: RegistryOptions | undefined;
  /** Where somebody else looks for the primary already. */
  onPrimary?: OnPrimary | undefined;
  log: Logger;
}

export function openServers(options: ServersOptions): Servers {
  const { secrets, registry } = options;
  return registry && secrets ? withRegistry({ ...options, secrets, registry }) : single(options);
}

/** For a process that spreads no reads: looks for the primary, with no connection but for that. */
export function watchPrimary(
  options: Pick<Registered, 'url' | 'secrets' | 'log'> & { readonly registry?: RegistryOptions },
): Pick<Servers, 'onPrimary' | 'check' | 'close'> {
  const { url, secrets, registry = {}, log } = options;
  const appUrl = urlOfRole(url, 'app', secrets);
  const { group, reload, close } = openRegistry({ url, secrets, appUrl, poolSize: 1, timeoutMs: 2_000, registry, log });
  return { onPrimary: (same) => at(same, group.primary().record), check: reload, close };
}

/**
 * For a command, which asks once.
 * @returns the URL on the server that takes writes; as it was given where none says that it does
 */
export async function findPrimary({
  url,
  secrets,
  standbys,
  log,
}: Pick<Registered, 'url' | 'secrets' | 'log'> & Pick<RegistryOptions, 'standbys'>): Promise<string> {
  const appUrl = urlOfRole(url, 'app', secrets);
  const servers = createKnownServers({ url, secrets, appUrl, poolSize: 1, timeoutMs: 2_000, standbys, log });
  const [main] = servers.group.servers();
  try {
    await servers.reload();
    const primary = servers.group.primary();
    return primary === main ? url : at(url, primary.record);
  } finally {
    await servers.close();
  }
}

function single({ appUrl, poolSize, timeoutMs, newBreaker, onPrimary, log }: ServersOptions): Servers {
  const connection = { url: appUrl, size: poolSize, timeoutMs, applicationName: 'polygraph', log, pipeline: true };
  const shared = { pool: createPostgresPool({ ...connection, onPrimary }), breaker: newBreaker() };
  return {
    shared,
    readRoutes: () => [shared],
    wrote: () => undefined,
    status: () => [],
    onPrimary: onPrimary ?? sameServer,
    check: async () => undefined,
    close: () => shared.pool.end(),
  };
}

type Registered = ServersOptions & { secrets: readonly [string, ...string[]]; registry: RegistryOptions };

function withRegistry(options: Registered): Servers {
  const { readAfterWriteMs = 2_000 } = options.registry;
  const { group, ...registry } = openRegistry(options);
  const writers = new LRUCache<string, true>({ max: 10_000, ttl: readAfterWriteMs });
  return {
    shared: {
      get pool() {
        return group.primary().route().pool;
      },
      get breaker() {
        return group.primary().route().breaker;
      },
    },
    readRoutes(tenantId) {
      const routes = group.readRoutes();
      if (!writers.has(tenantId)) return routes;
      const primary = group.primary().route();
      return [primary, ...routes.filter((route) => route !== primary)];
    },
    wrote: (tenantId) => void writers.set(tenantId, true),
    status: () =>
      group.servers().map((server) => {
        const { state, reason, latencyMs } = server.health();
        const { connection_type: type, region_id: region } = server.record;
        const primary = server === group.primary();
        return { name: server.name, type, region, primary, state, reason, latencyMs, pool: server.metrics() };
      }),
    onPrimary: (url) => at(url, group.primary().record),
    check: registry.reload,
    close: registry.close,
  };
}
