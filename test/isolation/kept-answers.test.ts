import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createKeptAnswers, keyFor } from '#gateway/caching/kept-answers';
import { createLogger } from '#platform/log';
import { openRedis } from '#stores/redis/index';
import { dangerouslyMintTenantContext, type TenantContext, type TenantFacts } from '#tenancy/context';

const redis = openRedis({ url: String(process.env.REDIS_URL), log: createLogger({ level: 'silent' }) });
afterAll(() => redis.close());

const OWNER: TenantFacts = {
  tenantId: randomUUID(),
  tier: 'STANDARD',
  principal: { kind: 'user', id: randomUUID() },
  roles: ['OWNER'],
  scopes: ['content:read', 'tenant:admin'],
};
const reader = (other: Partial<TenantFacts> = {}) => dangerouslyMintTenantContext({ ...OWNER, ...other });
const openCache = () => createKeptAnswers({ redis, tiers: ['STANDARD'], memoryBytes: 1_000_000, writeSeconds: 10 });

/** Keeps an answer for one reader. @returns what another finds in the same process, and what in one that starts now */
async function keptFor(first: TenantContext, second: TenantContext, { shared }: { shared: boolean }) {
  const question = ['operation', randomUUID()];
  const wanted = (who: TenantContext) => [{ key: keyFor(who, shared, question), things: ['Content'] }];
  const cache = openCache();
  const [place] = (await cache.look(first, wanted(first))) ?? [];
  cache.keep(first, [{ key: keyFor(first, shared, question), stamps: place?.stamps ?? '', body: 'a secret' }], 60);
  const asked = async (from: ReturnType<typeof openCache>) =>
    (await from.look(second, wanted(second)))?.map(({ kept }) => kept?.entry.body);
  // Commands of one connection are answered in their order, so what was kept is there.
  return { here: await asked(cache), elsewhere: await asked(openCache()) };
}

test('an answer is kept for whom it was made', async () => {
  const found = await keptFor(reader(), reader(), { shared: false });
  expect(found).toEqual({ here: ['a secret'], elsewhere: ['a secret'] });
});

test.each([
  ['another tenant', { tenantId: randomUUID() }, { shared: true }],
  ['another tenant', { tenantId: randomUUID() }, { shared: false }],
  ['fewer scopes', { scopes: ['content:read'] }, { shared: true }],
  ['fewer scopes', { scopes: ['content:read'] }, { shared: false }],
  ['another person', { principal: { kind: 'user', id: randomUUID() } }, { shared: false }],
] satisfies [string, Partial<TenantFacts>, { shared: boolean }][])(
  'RD-02 RD-03 %s finds nothing of it, neither in memory nor in Redis: %j, %j',
  async (_, other, how) => {
    expect(await keptFor(reader(), reader(other), how)).toEqual({ here: [undefined], elsewhere: [undefined] });
  },
);

test('an answer is not given any more once what it shows was changed', async () => {
  const cache = openCache();
  const wanted = [{ key: randomUUID(), things: ['Content'] }];
  const look = async () => (await cache.look(reader(), wanted))?.[0];
  const stamps = (await look())?.stamps ?? '';
  cache.keep(
    reader(),
    wanted.map(({ key }) => ({ key, stamps, body: 'before' })),
    60,
  );
  expect((await look())?.kept?.entry.body).toBe('before');
  await openCache().write(reader(), ['Content'], async () => ({ result: 'done', certain: true }));
  expect((await look())?.kept).toBeUndefined();
});
