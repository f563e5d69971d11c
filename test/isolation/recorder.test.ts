import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventRecorder } from '#stores/mongo/recorder';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
beforeAll(async () => {
  world = await openTestMongo();
});
afterAll(() => world.close());

test('MG-12 events of two tenants that arrive together are written apart', async () => {
  const recorder = createEventRecorder();
  const tenants = [world.tenant(), world.tenant()];
  const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
  const recorded = await Promise.all(
    keys.flatMap((idempotencyKey) =>
      tenants.map((mongo) => recorder.record(mongo, { kind: 'VIEW', at: new Date(), idempotencyKey })),
    ),
  );
  expect(recorded.every((one) => one.recorded)).toBe(true);
  const counts = await Promise.all(tenants.map((mongo) => mongo.collection('analytics_events').count({})));
  expect(counts).toEqual([20, 20]);
});
