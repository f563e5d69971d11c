import type { Redis, TenantRedis } from '#stores/redis/index';
import { dangerouslyMintTenantContext } from '#tenancy/context';

/**
 * The keys of a tenant that nobody has proved to belong to yet: what lies there (a session's hash, a challenge) is what
 * proves it. The tier plays no part in Redis.
 */
export function dangerouslyOpenKeys(redis: Pick<Redis, 'forTenant'>, tenantId: string, service: string): TenantRedis {
  const principal = { kind: 'service' as const, id: service };
  return redis.forTenant(
    dangerouslyMintTenantContext({ tenantId, tier: 'STANDARD', principal, roles: [], scopes: [] }),
  );
}
