import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSharing } from '#gateway/execution/sharing';
import { dangerouslyMintTenantContext, type TenantFacts } from '#tenancy/context';

const facts: TenantFacts = {
  tenantId: randomUUID(),
  tier: 'STANDARD',
  principal: { kind: 'user', id: randomUUID() },
  roles: ['OWNER'],
  scopes: ['content:read'],
};

test('one person in two tenants never gets the answer of one in the other', async () => {
  const sharing = createSharing<string>();
  const read = (tenantId: string) =>
    sharing.run(dangerouslyMintTenantContext({ ...facts, tenantId }), 'the same question', async () => tenantId);
  const tenants = [randomUUID(), randomUUID(), randomUUID()];
  expect(await Promise.all(tenants.map(read))).toEqual(tenants);
});
