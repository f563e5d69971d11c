import type { TenantPostgres } from '#stores/postgres/index';
import { type EffectiveSetting, type Environment, effectivePolicy, PolicyOverrides } from '#tenancy/policy';
import type { Tier } from '#tenancy/tiers';

/** What is in force for the tenant of the handle: its tier's, and what was agreed besides. */
export async function readSettings({ sql }: TenantPostgres, environment: Environment): Promise<EffectiveSetting[]> {
  // One row, that of the handle's tenant.
  const rows = await sql<{ tier: Tier; overrides: unknown }>`SELECT tier, overrides FROM tenants`;
  return rows.flatMap(({ tier, overrides }) => effectivePolicy(tier, PolicyOverrides.parse(overrides), environment));
}
