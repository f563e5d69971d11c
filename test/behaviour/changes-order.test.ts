import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendOutbox } from '#stores/postgres/outbox';
import { readChanges } from '#stores/postgres/outbox/changes';
import { type OutboxWorld, openOutboxWorld, saved } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const read = async (after?: string) => {
  const changes = await readChanges(world.a.postgres, { after, limit: 10, bodies: false });
  return changes.map(({ entityId, cursor }) => ({ entityId, cursor }));
};

it('nothing comes in before what was read: a change waits for every transaction that began before its own', async () => {
  const [early, late] = [randomUUID(), randomUUID()];
  await world.a.postgres.transaction(async (tx) => {
    await appendOutbox(tx, saved(early, 1));
    await world.a.save(late, 1);
    expect(await read()).toEqual([]);
  });
  await expect.poll(read, { timeout: 10_000 }).toMatchObject([{ entityId: early }, { entityId: late }]);
  const [first] = await read();
  expect(await read(first?.cursor)).toMatchObject([{ entityId: late }]);
});
