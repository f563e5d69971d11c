import type { Logger } from '#platform/log';
import { dangerouslyMintTenantContext, type Principal, type TenantContext } from './context.ts';
import type { Tier } from './tiers.ts';

/**
 * A context for work that no request asked for, such as the outbox relay's. It opens the stores of
 * that one tenant and carries no role or scope, so it passes no check of what a principal may do.
 * The tenant id must come from a row that the tenant's own transaction wrote, never from input.
 */
export function dangerouslyActAsService(
  tenantId: string,
  tier: Tier,
  serviceName: string,
  reason: string,
  log: Logger,
): TenantContext {
  log.debug({ tenant: tenantId, service: serviceName, reason }, 'service acts inside a tenant');
  return dangerouslyMintTenantContext({
    tenantId,
    tier,
    principal: { kind: 'service', id: serviceName },
    roles: [],
    scopes: [],
  });
}

/**
 * A context for what a principal asked to be done later, so that it is done and audited in that name. It carries no role
 * or scope: whether the principal still may is for the caller to ask first. Tenant and principal must come from a row
 * that the principal's own transaction wrote, never from input.
 */
export function dangerouslyActForPrincipal(
  tenantId: string,
  tier: Tier,
  principal: Principal,
  reason: string,
  log: Logger,
): TenantContext {
  log.debug({ tenant: tenantId, principal, reason }, 'work that was put off is done for its principal');
  return dangerouslyMintTenantContext({ tenantId, tier, principal, roles: [], scopes: [] });
}
