import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TenantMongo } from '#stores/mongo/index';
import { asDocumentMover } from '#stores/mongo/move/claim';
import type { DocumentMovePoint } from '#stores/mongo/move/moving';
import { placesOf } from '#stores/mongo/places/record';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';

/** What a mover waits for, and when it writes no more. */
let world: TestMongo;
let db: Db;
beforeAll(async () => {
  world = await openTestMongo();
  db = world.mongo.dangerouslyAsSystem('looks on both sides');
});
afterAll(() => world.close());

it('waits for a transaction that had begun before the place was closed', async () => {
  const tenant = world.tenant();
  const steps = new EventEmitter();
  const row = { contentId: randomUUID(), day: '2026-01-31', views: 5, clicks: 0, shares: 0, conversions: 0 };
  const written = tenant.transaction(async (tx) => {
    await tx.collection('content_daily').insertMany([row]);
    steps.emit('begun');
    await once(steps, 'end');
  });
  await once(steps, 'begun');
  const moved = world.move(tenant.tenantId, 'own', {
    // Longer than any lease.
    onPoint: (point) => void (point === 'closed' && setTimeout(() => steps.emit('end'), 1_500)),
  });
  await written;
  expect((await moved)?.stragglers).toBeUndefined();
  expect(await tenant.collection('content_daily').find({}, { fields: ['views'], limit: 2 })).toEqual([{ views: 5 }]);
});

it('writes nothing as a mover whose claim another has taken', { timeout: 30_000 }, async () => {
  const places = placesOf(db);
  const { tenantId } = world.tenant();
  await asDocumentMover(places, tenantId, async (claim) => {
    claim.assertHeld();
    await places.updateOne({ _id: tenantId }, { $set: { 'mover.id': 'another' } });
    await expect(claim.change({ $set: { state: 'closed' } })).rejects.toThrow(/taken over/);
    const write = () =>
      Promise.resolve()
        .then(claim.assertHeld)
        .then(() => 'held', String);
    await expect.poll(write, { timeout: 20_000, interval: 200 }).toMatch(/taken over/);
  });
  expect((await places.findOne({ _id: tenantId }))?.mover?.id).toBe('another');
});

it('carries over and counts what somebody wrote in the old place after the switch', async () => {
  const tenant = world.tenant();
  const id = randomUUID();
  const late = { contentId: id, day: '2026-01-31', views: 3, clicks: 0, shares: 0, conversions: 0 };
  const straggle = (point: DocumentMovePoint) =>
    point === 'switched' ? db.collection<{ _id: string }>('content_daily').insertOne(stored(tenant, late)) : undefined;
  const onPoint = async (point: DocumentMovePoint) => void (await straggle(point));
  expect(await world.move(tenant.tenantId, 'own', { onPoint })).toMatchObject({ stragglers: 1 });
  expect(await tenant.collection('content_daily').find({}, { fields: ['views'], limit: 2 })).toEqual([{ views: 3 }]);
});

const stored = <D extends { contentId: string; day: string }>({ tenantId }: TenantMongo, document: D) => ({
  _id: `${tenantId}/${document.contentId}/${document.day}`,
  tenantId,
  ...document,
});
