import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
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
    onPoint: (point) => void (point === 'closed' && setTimeout(() => steps.emit('end'), 3_000)),
  });
  await written;
  expect((await moved)?.stragglers).toBeUndefined();
  expect(await tenant.collection('content_daily').find({}, { fields: ['views'], limit: 2 })).toEqual([{ views: 5 }]);
});

it('finds a process that stood still during the whole move in the new place when it goes on', {
  timeout: 60_000,
}, async () => {
  const tenant = world.tenant();
  const env = { ...process.env, MONGODB_URL: world.url, DATABASE: world.database, TENANT: tenant.tenantId };
  const writer = spawn(process.execPath, ['--import', 'tsx', 'test/kit/document-writer-victim.ts'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void writer.kill('SIGKILL'));
  const acknowledged: string[] = [];
  createInterface(writer.stdout).on('line', (id) => acknowledged.push(id));
  const soon = { timeout: 20_000 };
  await expect.poll(() => acknowledged.length, soon).toBeGreaterThan(20);
  writer.kill('SIGSTOP');
  const onPoint = (point: DocumentMovePoint) => void (point === 'switched' && writer.kill('SIGCONT'));
  await world.move(tenant.tenantId, 'own', { onPoint, graceMs: 3_000 });
  const before = acknowledged.length;
  await expect.poll(() => acknowledged.length, soon).toBeGreaterThan(before + 20);
  writer.kill('SIGKILL');
  await once(writer, 'close');
  const held = await tenant.collection('content_daily').find({}, { fields: ['contentId'], limit: 50_000 });
  const ids = new Set(held.map(({ contentId }) => contentId));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  expect(await db.collection('content_daily').countDocuments({ tenantId: tenant.tenantId })).toBe(0);
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
