import type { Logger } from '#platform/log';
import { dangerouslyMintTenantContext, type TenantContext } from './context.ts';
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
