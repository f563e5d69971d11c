import { expect, test } from 'vitest';
import { createSharing } from '#gateway/execution/sharing';
import type { TenantContext } from '#tenancy/context';

const READER = {
  tenantId: 'a',
  tier: 'STANDARD',
  principal: { kind: 'user', id: '1' },
  roles: ['VIEWER'],
  scopes: ['content:read'],
} as unknown as TenantContext;

function open() {
  const runs: string[] = [];
  const sharing = createSharing<number>();
  const ask = (reader: TenantContext, question = 'q') =>
    sharing.run(reader, question, async () => runs.push(`${reader.tenantId}/${reader.principal.id} ${question}`));
  return { runs, sharing, ask };
}

test('the same question of the same reader is answered once while it is under way', async () => {
  const { runs, ask } = open();
  expect(await Promise.all([ask(READER), ask({ ...READER }), ask(READER)])).toEqual([1, 1, 1]);
  await ask(READER);
  expect(runs).toHaveLength(2);
});

test.each([
  ['tenant', { tenantId: 'b' }],
  ['tier', { tier: 'ENTERPRISE' }],
  ['principal', { principal: { kind: 'user', id: '2' } }],
  ['kind of principal', { principal: { kind: 'apiKey', id: '1' } }],
  ['role', { roles: ['OWNER'] }],
  ['scope', { scopes: ['content:read', 'content:write'] }],
  ['scopes, with none', { scopes: [] }],
  ['id that looks like the rest of the key', { principal: { kind: 'user', id: '1",["VIEWER"],["content:read"]]\nq' } }],
])('another %s asks for itself', async (_, facts) => {
  const { runs, ask } = open();
  await Promise.all([ask(READER), ask({ ...READER, ...facts } as unknown as TenantContext)]);
  expect(runs).toHaveLength(2);
});

test('who asks after a write of the tenant does not join what began before it', async () => {
  const { runs, sharing, ask } = open();
  const other = { ...READER, tenantId: 'b' };
  const before = [ask(READER), ask(other)];
  sharing.written('a');
  await Promise.all([...before, ask(READER), ask(other)]);
  expect(runs).toEqual(['a/1 q', 'b/1 q', 'a/1 q']);
});

test('what fails, fails for all who joined, and is forgotten', async () => {
  const sharing = createSharing<number>();
  const fail = () => sharing.run(READER, 'q', () => Promise.reject(new Error('away')));
  const outcomes = await Promise.allSettled([fail(), fail()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await sharing.run(READER, 'q', async () => 7)).toBe(7);
});
