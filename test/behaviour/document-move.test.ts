import type { Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantMongo } from '#stores/mongo/index';
import type { DocumentMovePoint } from '#stores/mongo/move/moving';
import { placesOf, type Where } from '#stores/mongo/places/record';
import { placeNameOf } from '#stores/place-name';
import { type DocumentTraffic, readTraffic, startDocumentTraffic } from '#test/kit/document-traffic';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';
import { killVictimAt } from '#test/kit/victim';

let world: TestMongo;
let db: Db;
beforeAll(async () => {
  world = await openTestMongo();
  db = world.mongo.dangerouslyAsSystem('looks on both sides');
});
afterAll(() => world.close());

/** Documents of the tenant in the shared collections, and whether it has a database and a user. */
async function remainsOf({ tenantId }: TenantMongo) {
  const own = db.client.db(placeNameOf(tenantId));
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const counts = await Promise.all(collections.map(({ name }) => db.collection(name).countDocuments({ tenantId })));
  const { users } = await own.command({ usersInfo: 1 });
  return {
    shared: counts.reduce((sum, count) => sum + count, 0),
    database: (await own.listCollections().toArray()).length > 0,
    users: users.length,
  };
}

async function expectNothingLost(tenant: TenantMongo, { events, counted }: DocumentTraffic): Promise<void> {
  const found = await readTraffic(tenant);
  expect({ lost: [...events].filter((id) => !found.events.has(id)), events: found.events.size }).toEqual({
    lost: [],
    events: events.size,
  });
  expect(found.counted).toBe(counted);
}

const other = (where: Where): Where => (where === 'own' ? 'shared' : 'own');
const LEFT = { own: { shared: 0, database: true, users: 1 }, shared: { database: false, users: 0 } };
const writes = (traffic: DocumentTraffic) => traffic.latencies.length;
const many = { timeout: 30_000 };

async function placed(where: Where): Promise<TenantMongo> {
  const tenant = world.tenant();
  await world.move(tenant.tenantId, where);
  return tenant;
}

describe('moving documents while they are written and read', () => {
  it.each(['own', 'shared'] as const)(
    'TI-07 loses, doubles and leaves nothing: to %s',
    { timeout: 120_000 },
    async (to) => {
      const tenant = await placed(other(to));
      const [mine, others] = [startDocumentTraffic(tenant), startDocumentTraffic(world.tenant(), 1)];
      await expect.poll(() => writes(mine), many).toBeGreaterThan(30);
      const receipt = await world.move(tenant.tenantId, to);
      const moved = writes(mine);
      await expect.poll(() => writes(mine), many).toBeGreaterThan(moved + 10);
      await Promise.all([mine.stop(), others.stop()]);
      expect([mine.refused, mine.staleReads, others.refused, others.staleReads]).toEqual([[], [], [], []]);
      await expectNothingLost(tenant, mine);
      expect(receipt).toMatchObject({
        documents: expect.any(Number),
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(receipt?.stragglers).toBeUndefined();
      expect(Math.max(...others.latencies)).toBeLessThan(receipt?.pausedMs ?? 0);
      expect(await remainsOf(tenant)).toMatchObject(LEFT[to]);
    },
  );
});

it('does nothing where the documents are there already, and refuses while another process is at it', async () => {
  const tenant = world.tenant();
  expect(await world.move(tenant.tenantId, 'shared')).toBeUndefined();
  expect(await placesOf(db).findOne({ _id: tenant.tenantId })).toBeNull();
  let second: Promise<unknown> = Promise.resolve();
  await world.move(tenant.tenantId, 'own', {
    onPoint: (point) => {
      if (point === 'made') second = expect(world.move(tenant.tenantId, 'own')).rejects.toThrow(/Another process/);
      return second.then(() => undefined);
    },
  });
  await second;
});

/** Moves the documents in a process of its own, which is killed where the move gets to that point. */
function killAt(point: DocumentMovePoint, { tenantId }: TenantMongo, to: Where): Promise<void> {
  const { url, database } = world;
  return killVictimAt('document-move-victim.ts', point, {
    ...{ MONGODB_URL: url, DATABASE: database, TENANT: tenantId, WHERE: to },
  });
}

/** As soon as the claim of the one that was killed has run out. */
async function moveOnceFree({ tenantId }: TenantMongo, to: Where) {
  const move = () => world.move(tenantId, to).then(() => 'moved', String);
  await expect.poll(move, { timeout: 90_000, interval: 500 }).toBe('moved');
}

describe('a move of documents that was killed', () => {
  const AT: readonly (readonly [Where, DocumentMovePoint])[] = [
    ['own', 'made'],
    ['shared', 'copying'],
    ['own', 'copied'],
    ['own', 'closed'],
    ['shared', 'closed'],
    ['shared', 'drained'],
    ['own', 'switched'],
    ['shared', 'switched'],
    ['own', 'removed'],
    ['shared', 'removed'],
  ];

  it.each(AT)('F-28 to %s is completed by the next, killed at: %s', { timeout: 180_000 }, async (to, point) => {
    const tenant = await placed(other(to));
    const traffic = startDocumentTraffic(tenant);
    await expect.poll(() => writes(traffic), many).toBeGreaterThan(15);
    await killAt(point, tenant, to);
    await moveOnceFree(tenant, to);
    const after = writes(traffic);
    await expect.poll(() => writes(traffic), many).toBeGreaterThan(after + 5);
    await traffic.stop();
    expect([traffic.refused, traffic.staleReads]).toEqual([[], []]);
    await expectNothingLost(tenant, traffic);
    expect(await remainsOf(tenant)).toMatchObject(LEFT[to]);
    const record = await placesOf(db).findOne({ _id: tenant.tenantId });
    if (to === 'own') expect(record).toMatchObject({ where: 'own', state: 'open' });
    else expect(record).toBeNull();
  });
});
