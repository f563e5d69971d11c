import { randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { deriveSealingKeys, type SealingKeys } from '#platform/sealing';
import { openMongo, type TenantMongo } from '#stores/mongo/index';
import { migrateMongo } from '#stores/mongo/migrate';
import { urlsOfTenant } from '#stores/mongo/places/credentials';
import { placesOf } from '#stores/mongo/places/record';
import { placeNameOf } from '#stores/place-name';
import {
  mintTestContext,
  openTestMongo,
  TEST_DOCUMENT_KEYS,
  TEST_TIMINGS,
  type TestMongo,
  testLog,
} from '#test/kit/mongo';

let world: TestMongo;
/** The database that tenants share. */
let shared: Db;
let a: TenantMongo;
let b: TenantMongo;
const row = { contentId: randomUUID(), day: '2026-01-31', views: 7, clicks: 0, shares: 0, conversions: 0 };

beforeAll(async () => {
  world = await openTestMongo();
  shared = world.mongo.dangerouslyAsSystem('looks past the handles');
  [a, b] = [await own(), await own()];
});
afterAll(() => world.close());

/** A tenant with a database and a document of its own. */
async function own(): Promise<TenantMongo> {
  const tenant = world.tenant();
  await tenant.collection('content_daily').insertMany([row]);
  await world.move(tenant.tenantId, 'own');
  return tenant;
}

const databaseOf = ({ tenantId }: TenantMongo): Db => shared.client.db(placeNameOf(tenantId));
const read = (tenant: TenantMongo) => tenant.collection('content_daily').find({}, { fields: ['views'], limit: 9 });
const stored = ({ tenantId }: TenantMongo, views: number) => {
  const contentId = randomUUID();
  return { ...row, contentId, views, tenantId, _id: `${tenantId}/${contentId}/${row.day}` as never };
};

/** MongoDB as the user of that tenant, as if its password had leaked. */
async function asTenant({ tenantId }: TenantMongo, keys: SealingKeys = TEST_DOCUMENT_KEYS): Promise<MongoClient> {
  const client = new MongoClient(urlsOfTenant(world.url, tenantId, keys)[0], { serverSelectionTimeoutMS: 5_000 });
  onTestFinished(() => client.close());
  return client.connect();
}

/** The product in another process, which has these keys. */
function opened(keys: SealingKeys | undefined) {
  const { url, database } = world;
  const mongo = openMongo({ url, database, keys, timings: TEST_TIMINGS, timeoutMs: 5_000, log: testLog });
  onTestFinished(() => mongo.close());
  return (tenant: TenantMongo) => mongo.forTenant(mintTestContext(tenant));
}

describe('the user of a tenant with a database of its own', () => {
  test('MG-15 reads and writes there and nowhere else', async () => {
    const client = await asTenant(a);
    expect(await client.db(placeNameOf(a.tenantId)).collection('content_daily').countDocuments({})).toBe(1);
    for (const name of [world.database, placeNameOf(b.tenantId), 'admin']) {
      const collection = client.db(name).collection('content_daily');
      await expect(collection.findOne({}), name).rejects.toThrow(/not authorized/i);
      await expect(collection.insertOne(stored(a, 1)), name).rejects.toThrow(/not authorized/i);
      const merge = { $merge: { into: { db: name, coll: 'content_daily' } } };
      const elsewhere = client.db(placeNameOf(a.tenantId)).collection('content_daily').aggregate([merge]);
      await expect(elsewhere.toArray(), name).rejects.toThrow(/not authorized/i);
    }
  });

  test('MG-15 is not let in as another tenant by its password', async () => {
    const [mine, theirs] = [a, b].map(
      ({ tenantId }) => new URL(urlsOfTenant(world.url, tenantId, TEST_DOCUMENT_KEYS)[0]),
    );
    if (!mine || !theirs) throw new Error('There are two tenants.');
    theirs.password = mine.password;
    const client = new MongoClient(theirs.href, { serverSelectionTimeoutMS: 5_000 });
    onTestFinished(() => client.close());
    await expect(client.connect()).rejects.toThrow(/authentication failed/i);
  });

  test.each([
    ['its rights', { updateRole: 'documents', privileges: [], roles: [{ role: 'root', db: 'admin' }] }],
    ['users', { createUser: 'another', pwd: 'password', roles: [] }],
    ['validators', { collMod: 'content_daily', validator: {} }],
    ['indexes', { dropIndexes: 'content_daily', index: '*' }],
    ['collections', { drop: 'content_daily' }],
    ['the database', { dropDatabase: 1 }],
  ])('MG-16 cannot change %s', async (_, command) => {
    const client = await asTenant(a);
    await expect(client.db(placeNameOf(a.tenantId)).command(command)).rejects.toThrow(/not authorized/i);
  });

  test('MG-16 cannot carry a collection to another database', async () => {
    const client = await asTenant(a);
    const [from, to] = [`${placeNameOf(a.tenantId)}.content_daily`, `${placeNameOf(b.tenantId)}.stolen`];
    await expect(client.db('admin').command({ renameCollection: from, to })).rejects.toThrow(/not authorized/i);
  });

  test('MG-16 writes nothing without a tenant', async () => {
    const { _id, tenantId: _, ...document } = stored(a, 1);
    const collection = (await asTenant(a)).db(placeNameOf(a.tenantId)).collection('content_daily');
    await expect(collection.insertOne({ _id, ...document })).rejects.toThrow(/validation/);
  });
});

describe('the handle of a tenant', () => {
  test('MG-17 finds its documents in its own database, and nothing is left in the shared one', async () => {
    expect(await read(a)).toEqual([{ views: 7 }]);
    await a.transaction((tx) => tx.collection('content_daily').updateOne({}, { set: { views: 8 } }));
    expect(await databaseOf(a).collection('content_daily').findOne()).toMatchObject({ views: 8, tenantId: a.tenantId });
    for (const name of ['content_daily', 'content_documents', 'analytics_events']) {
      expect(await shared.collection(name).countDocuments({ tenantId: a.tenantId })).toBe(0);
    }
  });

  test('MG-17 does not look into the shared collections, nor another tenant’s into its database', async () => {
    const [mine, stranger] = [await own(), world.tenant()];
    await shared.collection('content_daily').insertOne(stored(mine, 99));
    await databaseOf(mine).collection('content_daily').insertOne(stored(stranger, 98));
    expect(await read(mine)).toEqual([{ views: 7 }]);
    expect(await read(stranger)).toEqual([]);
    await shared.collection('content_daily').deleteMany({ tenantId: mine.tenantId });
  });

  test('MG-18 serves nothing of it in a process that has no keys, or wrong ones, and the others as ever', async () => {
    const stranger = world.tenant();
    await stranger.collection('content_daily').insertMany([row]);
    const [without, wrong] = [opened(undefined), opened(deriveSealingKeys(['nobody knows this secret'], 'x'))];
    await expect(read(without(a))).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    for (let time = 0; time < 6; time += 1) {
      await expect(read(wrong(a))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    expect(await read(wrong(stranger))).toEqual([{ views: 7 }]);
    expect(await read(without(stranger))).toEqual([{ views: 7 }]);
  });
});

test('MG-19 a rotation of the secrets changes the passwords, and the former one serves while it is listed', async () => {
  const [former] = TEST_DOCUMENT_KEYS;
  const [next] = deriveSealingKeys(['the next secret of this test'], 'x');
  const tenant = await own();
  expect(await read(opened([next, former])(tenant))).toHaveLength(1);
  const { url, database } = world;
  const migrate = (keys: SealingKeys) => migrateMongo({ url, database, keys, log: testLog });
  expect(await migrate([next, former])).toEqual({ changed: true });
  expect(await migrate([next, former])).toEqual({ changed: false });
  expect(await read(opened([former, next])(tenant))).toHaveLength(1);
  await expect(read(opened([former])(tenant))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await migrate([former]);
});

test('MG-20 the server refuses a process that did not hear that its place was left', async () => {
  const tenant = await own();
  const client = await asTenant(tenant);
  const late = () => client.db(placeNameOf(tenant.tenantId)).collection('content_daily').insertOne(stored(tenant, 1));
  await late();
  const refused: unknown[] = [];
  await world.move(tenant.tenantId, 'shared', {
    onPoint: async (point) => void (point === 'drained' && refused.push(await late().catch(String))),
  });
  expect(refused).toEqual([expect.stringMatching(/not authorized/i)]);
  expect(await read(tenant)).toHaveLength(2);
});

test('MG-21 the records of places are beyond every tenant’s reach', async () => {
  expect(() => a.collection('_places' as never)).toThrow(TypeError);
  expect(await placesOf(shared).countDocuments({ where: 'own' })).toBeGreaterThan(1);
});
