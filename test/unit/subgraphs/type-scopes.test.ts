import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import { type Role, scopesOf } from '#tenancy/roles';
import { SECRET, smallHost } from '../../kit/gateway.ts';

const sign = createAssertionSigner(createAssertionKeys([SECRET]));

/** Past the gateway, as whoever holds an assertion could. */
function ask(role: Role, query: string) {
  const body = JSON.stringify({ query });
  const tenant = dangerouslyMintTenantContext({
    tenantId: randomUUID(),
    tier: 'STANDARD',
    principal: { kind: 'user', id: randomUUID() },
    roles: [role],
    scopes: scopesOf([role]),
  });
  return smallHost('relational').execute(body, sign(tenant, 'relational', body), 'test');
}

test('a subgraph asks for the scopes of a type at each of its fields', async () => {
  const refused = await ask('VIEWER', '{ audit { text } }');
  expect(refused.errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual([
    ['audit.0.text', 'FORBIDDEN'],
  ]);
  expect(JSON.stringify(refused.data)).not.toContain('seen');
  expect(JSON.stringify((await ask('AUDITOR', '{ audit { text } }')).data)).toContain('seen');
});

test('a subgraph asks for the scopes of a field', async () => {
  const refused = await ask('VIEWER', 'mutation { rename(id: "1", title: "mine") { title } }');
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(JSON.stringify(refused.data)).not.toContain('mine');
});
