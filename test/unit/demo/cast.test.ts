import { expect, test } from 'vitest';
import { DEMO_TENANTS, memberOf, PLATFORM_TENANT, writersOf } from '#operations/demo/cast';
import { demoApiKey } from '#operations/demo/keys';
import { hashApiKey } from '#tenancy/api-key';

const SECRET = 'a secret of thirty-two characters';

test('there is one demo tenant of each paying tier, with every role, and people who work for two', () => {
  expect(DEMO_TENANTS.map(({ tier }) => tier)).toEqual(['STANDARD', 'PREMIUM', 'ENTERPRISE']);
  for (const tenant of DEMO_TENANTS) {
    for (const role of ['OWNER', 'ADMIN', 'EDITOR', 'VIEWER', 'AUDITOR'] as const) {
      expect(memberOf(tenant, role).role).toBe(role);
    }
    expect(writersOf(tenant)).toHaveLength(4);
  }
  const people = DEMO_TENANTS.flatMap(({ members }) => members.map(({ userId }) => userId));
  expect(people.length - new Set(people).size).toBe(2);
  expect(memberOf(PLATFORM_TENANT, 'PLATFORM_ADMIN').email).toBe('petra@platform.example');
});

test('ids stay what they are: saved answers and stored rows depend on them', () => {
  expect(DEMO_TENANTS.map(({ slug, id }) => [slug, id])).toMatchInlineSnapshot(`
    [
      [
        "acme",
        "74030e9d-5966-5b07-bc56-26b88282b008",
      ],
      [
        "globex",
        "be47f72f-4896-5098-baa6-a4996cc5aa46",
      ],
      [
        "initech",
        "56a8ac5b-beaf-56e8-abac-b7d90038cb07",
      ],
    ]
  `);
});

test('an API key follows from the secret and is of the form that the gateway takes', () => {
  const [acme, globex] = DEMO_TENANTS;
  if (!acme || !globex) throw new Error('no tenants');
  const { key, input } = demoApiKey(acme, SECRET);
  expect(key).toMatch(/^pg_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(input.hash).toBe(hashApiKey(key));
  expect(input.prefix).toBe(key.split('_')[1]);
  expect(demoApiKey(acme, SECRET).key).toBe(key);
  expect(new Set([key, demoApiKey(globex, SECRET).key, demoApiKey(acme, `${SECRET}!`).key]).size).toBe(3);
  expect(input.scopes).not.toContain('tenant:admin');
});
