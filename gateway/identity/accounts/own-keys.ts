import type { Redis, TenantRedis } from '#stores/redis/index';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import type { Directory } from '#tenancy/directory';

export interface OwnKeysOptions {
  readonly redis: Pick<Redis, 'forTenant'>;
  /** Tells the tier, which decides as whom Redis is asked. */
  readonly directory: Pick<Directory, 'tenant'>;
}

/**
 * The keys of a tenant that nobody has proved to belong to yet: what lies there (a session's hash, a challenge) is what
 * proves it. Under the id of a tenant that is not there, there is nothing.
 * @throws PolygraphError STORE_UNAVAILABLE
 */
export async function dangerouslyOpenKeys(
  { redis, directory }: OwnKeysOptions,
  tenantId: string,
  service: string,
): Promise<TenantRedis> {
  const tier = (await directory.tenant(tenantId))?.tier ?? 'STANDARD';
  const principal = { kind: 'service' as const, id: service };
  return redis.forTenant(dangerouslyMintTenantContext({ tenantId, tier, principal, roles: [], scopes: [] }));
}
