import { randomUUID } from 'node:crypto';
import { Redis as Client } from 'ioredis';
import { createLogger } from '#platform/log';
import { placeNameOf } from '#stores/place-name';
import { connectRedis } from '#stores/redis/connection';
import { openRedis, type Redis, type RedisOptions } from '#stores/redis/index';
import { createTenantUsers } from '#stores/redis/users';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import { TEST_SECRETS } from './secrets.ts';

export const log = createLogger({ level: 'silent' });

/** Redis as the product opens it. */
export const openTestRedis = (options: Partial<RedisOptions> = {}): Redis =>
  openRedis({ url: String(process.env.REDIS_URL), secrets: TEST_SECRETS, timeoutMs: 10_000, log, ...options });

export const newTenant = (tier: Tier = 'STANDARD', tenantId: string = randomUUID()): TenantContext =>
  dangerouslyMintTenantContext({
    ...{ tenantId, tier, roles: [], scopes: [] },
    principal: { kind: 'user', id: randomUUID() },
  });

/** As the account of REDIS_URL, past the product. */
export const connectAdmin = (url = String(process.env.REDIS_URL)): Client => new Client(url);

/** With the login of the tenant's own, past the product: whatever it sends, it sends as that user. */
export async function connectAs(tenantId: string): Promise<Client> {
  const url = new URL(String(process.env.REDIS_URL));
  const shared = connectRedis(url.href, 10_000, log);
  const login = await createTenantUsers({ shared, secrets: TEST_SECRETS, database: 0, log }).make(tenantId);
  await shared.close();
  Object.assign(url, { username: login.name, password: login.password });
  return new Client(url.href, { enableReadyCheck: false, disableClientInfo: true });
}

/** How many connections are open as that tenant's user. */
export async function connectionsAs(admin: Client, { tenantId }: Pick<TenantContext, 'tenantId'>): Promise<number> {
  const listed = String(await admin.client('LIST'));
  return listed.split('\n').filter((line) => line.includes(` user=${placeNameOf(tenantId)} `)).length;
}
