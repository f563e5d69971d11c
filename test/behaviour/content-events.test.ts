import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { utcDay } from '#stores/mongo/days';
import { type NewEvent, recordEvents } from '#stores/mongo/events';
import { eq } from '#stores/mongo/index';
import { createEventRecorder } from '#stores/mongo/recorder';
import { rebuildRollUps } from '#stores/mongo/rollups';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
beforeAll(async () => {
  world = await openTestMongo();
});
afterAll(() => world.close());

const now = new Date();
const contentId = randomUUID();
const today = utcDay(now);
const view = (idempotencyKey: string): NewEvent => ({ kind: 'VIEW', contentId, at: now, idempotencyKey });
const viewsOf = async (mongo: ReturnType<TestMongo['tenant']>) =>
  (await mongo.collection('content_daily').findOne({ contentId: eq(contentId), day: eq(today) }, ['views']))?.views;

test('an idempotency key counts once, and the first recording stays', async () => {
  const mongo = world.tenant();
  const [first] = await recordEvents(mongo, [view('the-same-key')]);
  const [again, other] = await recordEvents(mongo, [{ ...view('the-same-key'), kind: 'SHARE' }, view('another-key')]);
  expect(first?.recorded).toBe(true);
  expect(again).toEqual({ event: first?.event, recorded: false });
  expect(other?.recorded).toBe(true);
  expect(await viewsOf(mongo)).toBe(2);
});

test('many callers with one key at once record it once', async () => {
  const mongo = world.tenant();
  const recorder = createEventRecorder();
  const direct = await Promise.all([1, 2, 3].map(() => recordEvents(mongo, [view('contended-key')])));
  const queued = await Promise.all([1, 2, 3].map(() => recorder.record(mongo, view('contended-key'))));
  expect([...direct.flat(), ...queued].filter(({ recorded }) => recorded)).toHaveLength(1);
  expect(await viewsOf(mongo)).toBe(1);
});

test('a hundred views of one document at the same time are a hundred', async () => {
  const mongo = world.tenant();
  const recorder = createEventRecorder();
  await Promise.all(Array.from({ length: 100 }, (_, index) => recorder.record(mongo, view(`at-once-${index}`))));
  expect(await viewsOf(mongo)).toBe(100);
});

test('events of two tenants that arrive together go to their own tenants', async () => {
  const [one, two] = [world.tenant(), world.tenant()];
  const recorder = createEventRecorder();
  await Promise.all([one, two, one].map((mongo, index) => recorder.record(mongo, view(`interleaved-${index}`))));
  expect([await viewsOf(one), await viewsOf(two)]).toEqual([2, 1]);
});

test('one refused event does not fail those that waited with it', async () => {
  const mongo = world.tenant();
  const recorder = createEventRecorder();
  const bad = { ...view('with-bad-content'), contentId: 'not-a-uuid' };
  const [, refused, good] = await Promise.allSettled(
    [view('goes-first'), bad, view('goes-third')].map((e) => recorder.record(mongo, e)),
  );
  expect(refused?.status).toBe('rejected');
  expect(good?.status).toBe('fulfilled');
  expect(await viewsOf(mongo)).toBe(2);
});

test('a transaction that fails after the events leaves neither events nor counts', async () => {
  const mongo = world.tenant();
  const failing = mongo.transaction(async (tx) => {
    await tx
      .collection('content_daily')
      .upsertMany([
        { key: { contentId, day: today }, update: { inc: { views: 1, clicks: 0, shares: 0, conversions: 0 } } },
      ]);
    throw new Error('killed');
  });
  await expect(failing).rejects.toThrow('killed');
  expect(await viewsOf(mongo)).toBeUndefined();
});

test('a roll-up that is wrong is counted anew from the events', async () => {
  const mongo = world.tenant();
  await recordEvents(mongo, [view('truth-one'), view('truth-two'), { ...view('truth-three'), kind: 'CLICK' }]);
  const stray = { contentId: randomUUID(), day: today, views: 5, clicks: 0, shares: 0, conversions: 0 };
  await mongo.collection('content_daily').insertMany([stray]);
  await mongo.collection('content_daily').updateOne({ contentId: eq(contentId) }, { set: { views: 99, clicks: 0 } });
  expect(await rebuildRollUps(mongo, { from: today, to: today })).toBe(2);
  const row = await mongo.collection('content_daily').findOne({ contentId: eq(contentId) }, ['views', 'clicks']);
  expect(row).toEqual({ views: 2, clicks: 1 });
  expect(await rebuildRollUps(mongo, { from: today, to: today })).toBe(0);
});
