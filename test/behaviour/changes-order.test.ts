import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendNotice, appendOutbox } from '#stores/postgres/outbox';
import { type ChangesQuestion, readChanges } from '#stores/postgres/outbox/changes';
import { type OutboxWorld, openOutboxWorld, saved } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const read = async (after?: string, entities: ChangesQuestion['entities'] = ['Content']) => {
  const changes = await readChanges(world.a.postgres, { after, limit: 10, bodies: false, entities });
  return changes.map(({ entityId, cursor }) => ({ entityId, cursor }));
};

it('nothing comes in before what was read: a change waits for every transaction that began before its own', async () => {
  const [early, late] = [randomUUID(), randomUUID()];
  await world.a.postgres.transaction(async (tx) => {
    await appendOutbox(tx, saved(early, 1));
    await world.a.save(late, 1);
    expect(await read()).toEqual([]);
  });
  await expect.poll(() => read()).toMatchObject([{ entityId: early }, { entityId: late }]);
  const [first] = await read();
  expect(await read(first?.cursor)).toMatchObject([{ entityId: late }]);
});

it('a notice comes among the changes, to those alone who may be told of it, and waits for no delivery', async () => {
  const entityId = randomUUID();
  const notice = { kind: 'budget.alert', entity: 'BudgetAlert', entityId, payload: { level: 'WARNING' } } as const;
  await world.a.postgres.transaction((tx) => appendNotice(tx, notice));
  await expect.poll(() => read(undefined, ['Content', 'BudgetAlert'])).toMatchObject([...(await read()), { entityId }]);
  expect((await read()).map((change) => change.entityId)).not.toContain(entityId);
  expect(await world.superuser(`select from outbox_deliveries where entity_id = '${entityId}'`)).toEqual([]);
});
