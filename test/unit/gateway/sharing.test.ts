import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSharing } from '#gateway/execution/sharing';
import { dangerouslyMintTenantContext, type TenantFacts } from '#tenancy/context';

const OWNER: TenantFacts = {
  tenantId: randomUUID(),
  tier: 'STANDARD',
  principal: { kind: 'user', id: randomUUID() },
  roles: ['OWNER'],
  scopes: ['content:read', 'tenant:admin'],
};

/** @returns how often work was done for readers who asked the same at once */
async function asked(...readers: readonly Partial<TenantFacts>[]): Promise<number> {
  const sharing = createSharing<number>();
  let done = 0;
  const ask = (reader: Partial<TenantFacts>) =>
    sharing.run(dangerouslyMintTenantContext({ ...OWNER, ...reader }), 'question', async () => ++done);
  await Promise.all(readers.map(ask));
  return done;
}

test('a reader who asks twice at once is answered once', async () => {
  expect(await asked({}, {})).toBe(1);
});

test.each([
  ['another person', { principal: { kind: 'user', id: randomUUID() } }],
  ['a key with the same id', { principal: { kind: 'apiKey', id: OWNER.principal.id } }],
  ['another role', { roles: ['ADMIN'] }],
  ['fewer scopes', { scopes: ['content:read'] }],
  ['another tier', { tier: 'PREMIUM' }],
] satisfies [string, Partial<TenantFacts>][])('%s has an answer of its own', async (_, other) => {
  expect(await asked({}, other)).toBe(2);
});

test('who reads after a write does not join what began before it', async () => {
  const sharing = createSharing<string>();
  const reader = dangerouslyMintTenantContext(OWNER);
  let state = 'before';
  let finish: (state: string) => void = () => undefined;
  const first = sharing.run(reader, 'question', () => new Promise<string>((resolve) => (finish = resolve)));
  state = 'after';
  sharing.written(OWNER.tenantId);
  const second = sharing.run(reader, 'question', async () => state);
  finish('before');
  expect(await Promise.all([first, second])).toEqual(['before', 'after']);
});
