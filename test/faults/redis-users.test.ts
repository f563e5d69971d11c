import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalStores, startLocalStores } from '#stores/local/index';
import type { Redis, TenantRedis } from '#stores/redis/index';
import { connectAdmin, connectionsAs, log, newTenant, openTestRedis } from '../kit/redis.ts';

/** A Redis of this test's own, which forgets its users when it is killed. */
let dir: string;
let stores: LocalStores;
let redis: Redis;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-test-redis-users-'));
  stores = await startLocalStores({ dir, log, only: ['redis'], restartPauseMs: 100 });
  redis = openTestRedis({ url: String(stores.environment.REDIS_URL) });
}, 60_000);
afterAll(async () => {
  await redis?.close();
  await stores?.stop();
  await rm(dir, { recursive: true, force: true });
});

const KEY = { area: 'answer', parts: ['x'] };
const take = { key: { area: 'rate', parts: ['x'] }, limit: { points: 1_000_000, seconds: 60 }, points: 1 };
const outcomeOf = (handle: TenantRedis, value: string): Promise<string> =>
  handle.set(KEY, value, 60).then(
    () => 'served',
    ({ code }) => code,
  );

test('Redis is killed under load: tenants with users of their own are served again by themselves', async () => {
  const tenants = [newTenant('ENTERPRISE'), newTenant('ENTERPRISE'), newTenant('STANDARD')];
  const seen = tenants.map(() => new Set<string>());
  let over = false;
  const load = tenants.map(async (tenant, at) => {
    while (!over) {
      // What is refused at once would leave no turn to anybody else.
      await nextTurn();
      seen[at]?.add(await outcomeOf(redis.forTenant(tenant), tenant.tenantId));
      expect(await redis.forTenant(tenant).consume([take])).toMatchObject([{ allowed: true }]);
    }
  });
  const everyone = async (): Promise<boolean> => seen.every((outcomes) => outcomes.has('served'));
  for (let times = 0; times < 2; times += 1) {
    await expect.poll(everyone, { timeout: 30_000 }).toBe(true);
    process.kill(stores.rows[0]?.pid ?? 0, 'SIGKILL');
    for (const outcomes of seen)
      await expect.poll(() => outcomes.has('STORE_UNAVAILABLE'), { timeout: 30_000 }).toBe(true);
    for (const outcomes of seen) outcomes.clear();
  }
  await expect.poll(everyone, { timeout: 30_000 }).toBe(true);
  over = true;
  await Promise.all(load);
  for (const outcomes of seen)
    expect([...outcomes].filter((one) => !/^(served|STORE_UNAVAILABLE)$/.test(one))).toEqual([]);
  for (const tenant of tenants) {
    const kept = () =>
      redis
        .forTenant(tenant)
        .get(KEY)
        .catch(({ code }) => code);
    await expect.poll(kept).toBe(tenant.tenantId);
  }
  const admin = connectAdmin(stores.environment.REDIS_URL);
  for (const tenant of tenants.slice(0, 2)) expect(await connectionsAs(admin, tenant)).toBe(1);
  admin.disconnect();
}, 120_000);
