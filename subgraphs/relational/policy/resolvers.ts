import { type Environment, effectivePolicy, PolicyOverrides } from '#tenancy/policy';
import type { Tier } from '#tenancy/tiers';
import type { Resolvers } from '../generated/resolvers.ts';

/** @param environment of this installation: it decides which overrides apply */
export function createPolicyResolvers(environment: Environment): Pick<Resolvers, 'Tenant'> {
  return {
    Tenant: {
      async settings(_tenant, _args, { stores }) {
        // One row, that of the handle's tenant.
        const rows = await stores.postgres.sql<{ tier: Tier; overrides: unknown }>`SELECT tier, overrides FROM tenants`;
        return rows.flatMap(({ tier, overrides }) =>
          effectivePolicy(tier, PolicyOverrides.parse(overrides), environment),
        );
      },
    },
  };
}
