import type { Logger } from '#platform/log';
import { assertMinted } from '#tenancy/context';
import { createStoreBreaker, type StoreBreaker, unavailable } from '../breaker.ts';
import type { Store } from '../stores.ts';
import { createTenantClients } from './clients.ts';
import { isTransactionLost, isUnreachable } from './errors.ts';
import type { PrismaClient } from './generated/client.ts';
import { createPostgresPool } from './pool.ts';
import { urlOfRole } from './roles.ts';
import { createTenantSql, type TenantPostgres, type TenantReads } from './tenant.ts';

export type { SqlValue, TenantPostgres, TenantReads, TenantSql, TenantTransaction } from './tenant.ts';
export { fragment, joinFragments } from './tenant.ts';

export interface Postgres extends Store<TenantPostgres> {
  readonly name: 'postgres';
  readonly breaker: StoreBreaker;
}

export interface PostgresOptions {
  /** The migrator's; requests connect as `polygraph_app` with a derived password. Without secrets, that role's own. */
  url: string;
  secrets?: readonly [string, ...string[]] | undefined;
  poolSize?: number;
  /** Longest one statement may take. */
  timeoutMs?: number;
  maxTenantClients?: number;
  log: Logger;
}

/** Opens no connection until the first statement, so a server that is down at the start does no harm. */
export function openPostgres({
  url,
  secrets,
  poolSize = 10,
  timeoutMs = 2_000,
  maxTenantClients = 500,
  log,
}: PostgresOptions): Postgres {
  const pool = createPostgresPool({
    url: secrets ? urlOfRole(url, 'app', secrets) : url,
    size: poolSize,
    timeoutMs,
    applicationName: 'polygraph',
    log,
    pipeline: true,
  });
  const breaker = createStoreBreaker({ store: 'postgres', isUnreachable, timeoutMs: timeoutMs + 500 });
  const clients = createTenantClients({ pool, breaker, max: maxTenantClients });
  return {
    name: 'postgres',
    breaker,
    async ping() {
      await breaker.run(() => pool.query('SELECT 1'));
    },
    forTenant(context) {
      assertMinted(context);
      const { tenantId } = context;
      return {
        get prisma() {
          return withoutClientMethods(clients.of(tenantId));
        },
        sql: createTenantSql(() => clients.of(tenantId)),
        transaction: (work, options = {}) =>
          clients
            .hold(tenantId, (client) =>
              client.$transaction((tx) => work(tx), {
                maxWait: timeoutMs + 500,
                timeout: options.timeoutMs ?? 10_000,
              }),
            )
            .catch((error: unknown) => {
              throw isTransactionLost(error) ? unavailable('postgres', error) : error;
            }),
      };
    },
    async close() {
      await clients.close();
      await pool.end();
    },
  };
}

/** The type hides $queryRawUnsafe and its like; this hides them from a cast, too. */
function withoutClientMethods(client: PrismaClient): TenantReads {
  return new Proxy(client, {
    get: (target, key) =>
      typeof key === 'string' && key.startsWith('$') ? undefined : Reflect.get(target, key, target),
  });
}
