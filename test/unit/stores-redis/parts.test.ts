import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { tenantKey } from '#stores/redis/keys';
import { dangerouslyMintTenantContext } from '#tenancy/context';

test('RD-01 parts that are cut elsewhere make another key', () => {
  const tenant = dangerouslyMintTenantContext({
    ...{ tenantId: randomUUID(), tier: 'STANDARD', roles: [], scopes: [] },
    principal: { kind: 'user', id: randomUUID() },
  });
  const keys = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', '']].map((parts) => tenantKey(tenant, { area: 'x', parts }));
  expect(new Set(keys).size).toBe(4);
});
