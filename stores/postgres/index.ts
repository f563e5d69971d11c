import type { Logger } from '#platform/log';
import { assertMinted } from '#tenancy/context';
import { servedPolicy } from '#tenancy/policy';
import { createStoreBreaker, type StoreBreaker, unavailable } from '../breaker.ts';
import type { Store } from '../stores.ts';
import type { Route } from './adapter.ts';
import { readAddress } from './address.ts';
import { sayWho } from './audit/principal.ts';
import { createTenantClients } from './clients.ts';
import { openServers, type RegistryOptions, type Servers } from './connections/index.ts';
import { createDedicatedPools } from './dedicated.ts';
import { isTransactionLost, isUnreachable } from './errors.ts';
import { createTenantGates } from './gates.ts';
import type { PrismaClient } from './generated/client.ts';
import { OUTBOX_CHANNEL } from './outbox.ts';
import type { DatabasePlace, Placement } from './placement.ts';
import type { OnPrimary } from './pool.ts';
import { createTenantReads } from './reads.ts';
import { createTenantRegistry } from './registry.ts';
import { createResidence } from './residence.ts';
import { urlOfRole, urlOfTenant } from './roles.ts';
import { createTenantSharing } from './sharing.ts';
import { createTenantSql, type TenantPostgres, type TenantTransaction, type TransactionOptions } from './tenant.ts';

export type { SqlValue, TenantPostgres, TenantReads, TenantSql, TenantTransaction } from './tenant.ts';
export { fragment, joinFragments } from './tenant.ts';

export interface Postgres extends Store<TenantPostgres> {
  readonly name: 'postgres';
  /** Of the shared database; each database of a tenant's own has another. */
  readonly breaker: StoreBreaker;
  /** The servers of the installation, as far as they are known here. */
  readonly servers: Pick<Servers, 'status' | 'check' | 'onPrimary'>;
  /** Open now: to the shared database, and to all databases of tenants' own together. */
  connections(): { readonly shared: number; readonly dedicated: number };
}

export interface PostgresOptions {
  /** The migrator's; requests connect as `polygraph_app` with a derived password. Without secrets, that role's own. */
  url: string;
  secrets?: readonly [string, ...string[]] | undefined;
  poolSize?: number;
  /** Longest one statement may take. */
  timeoutMs?: number;
  maxTenantClients?: number;
  /** How many databases of tenants' own are kept at hand, and for how long a connection that nobody uses. */
  dedicated?: { readonly maxPools: number; readonly idleMs: number };
  /** Takes up the servers of `admin.database_connections`: reads are spread over standbys, writes follow a promotion. */
  registry?: RegistryOptions | undefined;
  /** Instead of a registry, where another part of the process has one. */
  onPrimary?: OnPrimary | undefined;
  /** How long a statement waits for a tenant that is being moved to another tier. */
  movePatienceMs?: number;
  log: Logger;
}

/** Opens no connection until the first statement, so a server that is down at the start does no harm. */
export function openPostgres({
  url,
  secrets,
  poolSize = 10,
  timeoutMs = 2_000,
  maxTenantClients = 5_000,
  dedicated = { maxPools: 8, idleMs: 10_000 },
  movePatienceMs = 5_000,
  registry,
  onPrimary,
  log,
}: PostgresOptions): Postgres {
  const appUrl = secrets ? urlOfRole(url, 'app', secrets) : url;
  const newBreaker = () => createStoreBreaker({ store: 'postgres', isUnreachable, timeoutMs: timeoutMs + 500 });
  const servers = openServers({ url, secrets, appUrl, poolSize, timeoutMs, newBreaker, registry, onPrimary, log });
  const { shared } = servers;
  const own = createDedicatedPools({
    urlOf: (place) => urlOfTenant(appUrl, place),
    ...{ newBreaker, timeoutMs, log, onPrimary: servers.onPrimary, ...dedicated },
  });
  const gates = createTenantGates({ connections: poolSize, waitMs: timeoutMs });
  const ownRoute = (place: DatabasePlace): Route => own.of(place, gates.of(place.tenantId).limits.connections);
  const clients = createTenantClients({
    route: (placement) => (placement.kind === 'database' ? ownRoute(placement) : shared),
    readRoutes: (placement) =>
      placement.kind === 'database' ? [ownRoute(placement)] : servers.readRoutes(placement.tenantId),
    gate: ({ tenantId }) => gates.of(tenantId),
    max: maxTenantClients,
  });
  const residence = createResidence({
    lookUp: (tenantId) => shared.breaker.run(() => readAddress(shared.pool, tenantId)),
    patienceMs: movePatienceMs,
  });
  /** The relay listens in the shared database; one that does not hear of a change finds it at its next look. */
  const wakeRelay = (): void =>
    void shared.pool.query('SELECT pg_notify($1, $2)', [OUTBOX_CHANNEL, '']).catch(() => {});
  return {
    name: 'postgres',
    get breaker() {
      return shared.breaker;
    },
    servers,
    connections: () => ({ shared: shared.pool.totalCount, dedicated: own.connections() }),
    async ping() {
      await shared.breaker.run(() => shared.pool.query('SELECT 1'));
    },
    forTenant(context) {
      assertMinted(context);
      // What is waited for any connection is waited for one of one's own, unless something else was agreed.
      const waitMs =
        context.agreed?.['pools.acquireTimeoutMs'] ??
        Math.max(timeoutMs, servedPolicy(context, 'pools.acquireTimeoutMs'));
      gates.agree(context.tenantId, { connections: servedPolicy(context, 'pools.connections'), waitMs });
      const atHome = <T>(read: (client: PrismaClient) => Promise<T>): Promise<T> =>
        residence.atHome(context, (placement) => read(clients.of(placement)));
      return {
        prisma: createTenantReads(atHome),
        sql: createTenantSql(atHome),
        registry: createTenantRegistry(shared, context),
        sharing: createTenantSharing(shared, context),
        async transaction<T>(
          work: (tx: TenantTransaction) => Promise<T>,
          options: TransactionOptions = {},
        ): Promise<T> {
          const timing = { maxWait: timeoutMs + waitMs + 500, timeout: options.timeoutMs ?? 10_000 };
          let began = false;
          const whole = async (tx: TenantTransaction): Promise<T> => {
            began = true;
            await sayWho(tx, context.principal, options);
            return work(tx);
          };
          const inPlace = async (placement: Placement): Promise<T> => {
            try {
              const result = await clients.hold(placement, (client) => client.$transaction(whole, timing));
              servers.wrote(placement.tenantId);
              if (placement.kind === 'database') wakeRelay();
              return result;
            } catch (error) {
              throw isTransactionLost(error) ? unavailable('postgres', error) : error;
            }
          };
          return residence.atHome(context, inPlace, () => began);
        },
      };
    },
    async close() {
      await clients.close();
      await Promise.all([own.close(), servers.close()]);
    },
  };
}
