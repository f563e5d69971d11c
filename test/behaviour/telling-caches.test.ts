import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createKeptAnswers } from '#gateway/caching/kept-answers';
import { tellingCaches } from '#operations/projections/telling-caches';
import { createLogger } from '#platform/log';
import type { ProjectionTarget } from '#stores/postgres/outbox';
import { THINGS } from '#stores/redis/answers';
import { openRedis } from '#stores/redis/index';
import type { TenantStores } from '#stores/stores';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import { recordingProjection, saved } from '#test/kit/outbox-world';

const redis = openRedis({ url: String(process.env.REDIS_URL), log: createLogger({ level: 'silent' }) });
afterAll(() => redis.close());

const CONTENT = randomUUID();

test.each<[ProjectionTarget, string, string, 'kept' | 'gone']>([
  ['DOCUMENTS', 'the document', THINGS.one('Content', CONTENT), 'gone'],
  ['SEARCH', 'lists of documents', THINGS.list('Content'), 'gone'],
  ['GRAPH', 'ideas', THINGS.list('Topic'), 'gone'],
  ['DOCUMENTS', 'another document', THINGS.one('Content', randomUUID()), 'kept'],
])('once %s is projected, an answer that shows %s (%s) is %s', async (target, _, thing, expected) => {
  const facts = { tenantId: randomUUID(), tier: 'STANDARD' as const, roles: [], scopes: [] };
  const context = dangerouslyMintTenantContext({ ...facts, principal: { kind: 'user', id: randomUUID() } });
  const cache = createKeptAnswers({ redis, tiers: ['STANDARD'], memoryBytes: 1_000, writeSeconds: 1 });
  const wanted = [{ key: randomUUID(), things: [thing] }];
  const look = async () => (await cache.look(context, wanted))?.[0];
  const stamps = (await look())?.stamps ?? '';
  cache.keep(context, [{ key: wanted[0]?.key ?? '', stamps, body: 'before' }], 60);
  expect((await look())?.kept?.entry.body).toBe('before');

  const stores = { redis: redis.forTenant(context) } as TenantStores;
  await tellingCaches(recordingProjection(target)).project({ context, stores }, [saved(CONTENT, 1)]);
  expect((await look())?.kept ? 'kept' : 'gone').toBe(expected);
  cache.close();
});
