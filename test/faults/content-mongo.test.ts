import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Mongo, openMongo } from '#stores/mongo/index';
import { createContentCaller, openTestMongo, type TestMongo, testLog } from '#test/kit/mongo';
import { buildRoad, type Road } from '#test/kit/road';

let world: TestMongo;
let mongo: Mongo;
let road: Road;
const tenantId = randomUUID();
const QUERY = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Tenant { id documentCount } } }`;
const keys = { keys: [{ __typename: 'Tenant', id: tenantId }] };

beforeEach(async () => {
  world = await openTestMongo();
  road = await buildRoad(new URL(world.url));
  const url = new URL(world.url);
  url.port = String(road.port);
  // Else the driver would ask for the members of the set and go to them past the road.
  url.search = '?directConnection=true&authSource=admin';
  mongo = openMongo({ url: url.href, database: world.database, timeoutMs: 500, log: testLog });
});
afterEach(async () => {
  await mongo.close();
  await road.close();
  await world.close();
});

test('a server that is down at the start costs its own fields, with a typed error that names no host', async () => {
  const call = createContentCaller(mongo);
  const { data, errors } = await call({ tenantId }, QUERY, keys);
  expect(data._entities).toEqual([{ id: tenantId, documentCount: null }]);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'STORE_UNAVAILABLE', store: 'mongo' });
  expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
});

test('a server that comes up later is found without a restart', async () => {
  const call = createContentCaller(mongo);
  expect((await call({ tenantId }, QUERY, keys)).errors).toHaveLength(1);
  await road.open();
  await expect.poll(async () => (await call({ tenantId }, QUERY, keys)).errors).toBeUndefined();
});

test('a server that goes away is refused at once after a few failures, and serves again when it is back', async () => {
  await road.open();
  await mongo.ping();
  await road.close();
  for (let call = 0; call < 5; call += 1)
    await expect(mongo.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(mongo.breakerState()).toBe('open');
  const before = performance.now();
  await expect(mongo.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  // Sooner than any answer of the server could be given up.
  expect(performance.now() - before).toBeLessThan(400);
  await road.open();
  await expect
    .poll(() =>
      mongo.ping().then(
        () => 'serves',
        () => 'refuses',
      ),
    )
    .toBe('serves');
});
