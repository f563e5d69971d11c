import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Settings } from '#platform/settings';
import type { Tier } from '#tenancy/tiers';
import type { Answer, Client } from '#test/kit/client';
import { buildRoad, type Road } from '#test/kit/road';
import { createTenant } from '#test/kit/tenants';
import { startWorld } from '#test/kit/world';

/** The product over a road to Redis that can be closed, as a crash and a restart look from the other end. */
let road: Road;
let world: Awaited<ReturnType<typeof startWorld>>;
const clients = new Map<Tier, Client>();
beforeAll(async () => {
  const url = new URL(String(process.env.REDIS_URL));
  road = await buildRoad(url);
  await road.open();
  url.port = String(road.port);
  const settings: Partial<Settings> = { CACHE: 'on', CACHE_TIERS: [...TIERS], STORE_TIMEOUT_MS: 6_000 };
  world = await startWorld({ ...process.env, REDIS_URL: url.href }, settings);
  for (const tier of TIERS) clients.set(tier, (await createTenant(world, tier)).as('EDITOR'));
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await road?.close();
});

const CREATE =
  'mutation ($title: String!) { createContent(input: { title: $title, body: "b" }) { content { title } } }';
const COUNT = '{ contents { totalCount } }';
const countOf = ({ data }: Answer): number => (data as { contents: { totalCount: number } }).contents.totalCount;
const outcomeOf = ({ extensions }: Answer): string | undefined =>
  (extensions as { cache?: { operation?: { outcome: string } } }).cache?.operation?.outcome;

/** The second is reached over a connection of its own, which has to be made anew each time. */
const TIERS = ['STANDARD', 'ENTERPRISE'] as const satisfies readonly Tier[];
const clientOf = (tier: Tier): Client => clients.get(tier) ?? expect.fail(`nobody is ${tier}`);

test.each(TIERS)(
  'F-05 Redis goes and comes back under load: no request of %s fails, and each reads what was written before it',
  async (tier) => {
    const client = clientOf(tier);
    let written = 0;
    let over = false;
    const readers = Array.from({ length: 4 }, async () => {
      let asked = 0;
      while (!over) {
        const before = written;
        const answer = await client.query(COUNT);
        expect(answer.errors).toEqual([]);
        expect(countOf(answer)).toBeGreaterThanOrEqual(before);
        asked += 1;
      }
      return asked;
    });
    const write = async () => {
      expect((await client.query(CREATE, { title: `t${written}` })).errors).toEqual([]);
      written += 1;
    };
    for (const turn of [() => road.close(), () => road.open(), () => road.close(), () => road.open()]) {
      for (let times = 0; times < 5; times += 1) await write();
      await turn();
    }
    for (let times = 0; times < 5; times += 1) await write();
    over = true;
    expect((await Promise.all(readers)).every((asked) => asked > 5)).toBe(true);
    await expect.poll(async () => outcomeOf(await client.query(COUNT))).toBe('hit');
    expect(countOf(await client.query(COUNT))).toBe(written);
  },
  90_000,
);

test.each(TIERS)('while Redis is away nothing of %s is taken from the memory of the process', async (tier) => {
  const client = clientOf(tier);
  await expect.poll(async () => outcomeOf(await client.query(COUNT))).toBe('hit');
  await road.close();
  expect(outcomeOf(await client.query(COUNT))).toBe('bypass');
  await road.open();
});
