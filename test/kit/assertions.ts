import type { SubgraphName } from '#schema/subgraphs';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import { scopesOf } from '#tenancy/roles';
import { TEST_SECRETS } from './secrets.ts';
import type { TestTenant } from './tenants.ts';

/** What the gateway would sign for the tenant's owner: the attacker that stands between gateway and subgraph. */
export function ownerAssertion({ id, tier, userIds }: TestTenant, subgraph: SubgraphName, body: string): string {
  const context = dangerouslyMintTenantContext({
    tenantId: id,
    tier,
    principal: { kind: 'user', id: userIds.OWNER },
    roles: ['OWNER'],
    scopes: scopesOf(['OWNER']),
  });
  return sign(context, subgraph, body);
}

const sign = createAssertionSigner(createAssertionKeys(TEST_SECRETS));
