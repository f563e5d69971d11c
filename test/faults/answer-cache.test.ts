import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Client } from '#test/kit/client';
import { buildRoad, type Road } from '#test/kit/road';
import { createTenant } from '#test/kit/tenants';
import { startWorld } from '#test/kit/world';

/** The product over a road to Redis that can be closed, as a crash and a restart look from the other end. */
let road: Road;
let world: Awaited<ReturnType<typeof startWorld>>;
let client: Client;
beforeAll(async () => {
  const url = new URL(String(process.env.REDIS_URL));
  road = await buildRoad(url);
  await road.open();
  url.port = String(road.port);
  world = await startWorld({ ...process.env, REDIS_URL: url.href }, { CACHE: 'on', STORE_TIMEOUT_MS: 6_000 });
  client = (await createTenant(world)).as('EDITOR');
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

test('F-05 Redis goes and comes back under load: no request fails, and each reads what was written before it', async () => {
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
  await expect.poll(async () => outcomeOf(await client.query(COUNT)), { timeout: 15_000 }).toBe('hit');
  expect(countOf(await client.query(COUNT))).toBe(written);
}, 90_000);

test('while Redis is away nothing is taken from the memory of the process', async () => {
  await expect.poll(async () => outcomeOf(await client.query(COUNT)), { timeout: 15_000 }).toBe('hit');
  await road.close();
  expect(outcomeOf(await client.query(COUNT))).toBe('bypass');
  await road.open();
});
