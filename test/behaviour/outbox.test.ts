import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendOutboxAll } from '#stores/postgres/outbox';
import { type OutboxWorld, openOutboxWorld, recordingProjection, saved } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

/** The world's deliveries are one queue; each test first takes the targets it does not speak of out of the way. */
const only = async (target: string): Promise<void> => {
  await world.superuser(`delete from outbox_deliveries where target <> $1`, [target]);
};

describe('the outbox', () => {
  it('holds the event where the change was committed, and nothing where it was rolled back', async () => {
    const id = randomUUID();
    const failing = world.a.postgres.transaction(async (tx) => {
      await appendOutboxAll(tx, [saved(id, 1)]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const count = () => world.superuser(`select count(*)::int as n from outbox_deliveries where entity_id = $1`, [id]);
    expect(await count()).toEqual([{ n: 0 }]);
    await world.a.save(id, 1);
    expect(await count()).toEqual([{ n: 3 }]);
  });

  it('gives many events one statement and their receipts in order', async () => {
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const receipts = await world.a.postgres.transaction((tx) =>
      appendOutboxAll(
        tx,
        ids.map((id) => saved(id, 1)),
      ),
    );
    const rows = await world.superuser<{ entity_id: string }>(
      `select entity_id from outbox where id = any ($1) order by position`,
      [receipts.map(({ id }) => id)],
    );
    expect(rows.map((row) => row.entity_id)).toEqual(ids);
    expect([...receipts].sort((x, y) => Number(x.position - y.position))).toEqual(receipts);
  });
});

describe('the relay', () => {
  it('delivers the events of an entity in order, also when the first is refused at first', async () => {
    const id = randomUUID();
    for (const revision of [1, 2, 3]) await world.a.save(id, revision);
    await only('GRAPH');
    let refusals = 2;
    const graph = recordingProjection('GRAPH', ({ payload }) => {
      if (payload.contentId === id && payload.revision === 1 && refusals-- > 0) throw new Error('not yet');
    });
    await world.relay([graph]).drain();
    expect(graph.applied.filter((line) => line.startsWith(id))).toEqual([1, 2, 3].map((n) => `${id} ${n}`));
  });

  it('delivers each event once where two relays work at once', async () => {
    const ids = Array.from({ length: 60 }, () => randomUUID());
    for (const [n, id] of ids.entries()) await (n % 2 ? world.a : world.b).save(id, 1);
    await only('GRAPH');
    const first = recordingProjection('GRAPH');
    const second = recordingProjection('GRAPH');
    await Promise.all([world.relay([first]).drain(), world.relay([second]).drain()]);
    expect([...first.applied, ...second.applied].sort()).toEqual(ids.map((id) => `${id} 1`).sort());
  });

  it('wakes when something is appended, long before it would poll', async () => {
    const id = randomUUID();
    const delivered = withResolvers();
    const projections = (['DOCUMENTS', 'GRAPH', 'SEARCH'] as const).map((target) =>
      recordingProjection(target, ({ payload }) => void (payload.contentId === id && delivered.resolve())),
    );
    const relay = world.relay(projections, { pollMs: 600_000 });
    await relay.drain();
    relay.start();
    const connected = withResolvers();
    const stopListening = world.store.listen(() => {
      connected.resolve();
      relay.wake();
    });
    await connected.promise;
    await world.a.save(id, 1);
    await delivered.promise;
    await stopListening();
    await relay.stop();
  });

  it('gives an event up after its last attempt, holds back what follows it, and delivers both on replay', async () => {
    const [sick, well] = [randomUUID(), randomUUID()];
    for (const id of [sick, well]) await world.a.save(id, 1);
    await world.a.save(sick, 2);
    await only('SEARCH');
    let broken = true;
    const search = recordingProjection('SEARCH', ({ payload }) => {
      if (broken && payload.contentId === sick) throw new Error('cannot be read');
    });
    const relay = world.relay([search], { maxAttempts: 3 });
    await relay.drain();
    const states = () =>
      world.superuser(`select state, attempts, last_error_code as code from outbox_deliveries
        where entity_id = '${sick}' order by position`);
    expect(await states()).toEqual([
      { state: 'dead', attempts: 3, code: 'INTERNAL' },
      { state: 'pending', attempts: 0, code: null },
    ]);
    expect(search.applied).toContain(`${well} 1`);

    broken = false;
    expect(await world.store.queue.replayDead({ tenantId: world.a.context.tenantId })).toBe(1);
    await relay.drain();
    expect(search.applied.slice(-2)).toEqual([`${sick} 1`, `${sick} 2`]);
  });

  it('removes old events when every projection has them, but never the newest that says a part', async () => {
    const [done, waiting] = [randomUUID(), randomUUID()];
    for (const id of [done, waiting]) {
      await world.a.save(id, 1, { body: 'superseded' });
      await world.a.save(id, 2, { body: 'the newest body' });
      await world.a.save(id, 3);
      await world.a.save(id, 4);
    }
    await world.superuser(`update outbox_deliveries set state = 'done' where entity_id <> $1`, [waiting]);
    await world.superuser(`update outbox set created_at = now() - interval '8 days'`);
    await world.store.queue.prune(1_000);
    const left = (id: string) =>
      world.superuser(`select (payload ->> 'revision')::int as revision from outbox where entity_id = $1 order by 1`, [
        id,
      ]);
    expect(await left(done)).toEqual([{ revision: 2 }, { revision: 4 }]);
    expect(await left(waiting)).toHaveLength(4);
    expect(await world.superuser(`select 1 from outbox_deliveries where entity_id = $1`, [done])).toHaveLength(6);
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
