import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTally } from '#platform/tally';
import { freshnessOfEntities, freshnessOfTenant } from '#stores/postgres/outbox/freshness';
import { type OutboxWorld, openOutboxWorld, recordingProjection } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const FRESH = { pending: 0, dead: 0, lagSeconds: 0, fresh: true };

describe('freshness', () => {
  it('counts what waits and what was given up, for each projection, and how old the oldest is', async () => {
    const [sick, well] = [randomUUID(), randomUUID()];
    await world.a.save(sick, 1);
    await world.a.save(well, 1);
    await world.superuser(`update outbox_deliveries set created_at = now() - interval '5 minutes'`);
    const graph = recordingProjection('GRAPH', ({ payload }) => {
      if (payload.contentId === sick) throw new Error('cannot be read');
    });
    const relay = world.relay([graph, recordingProjection('SEARCH')], { maxAttempts: 1 });
    // Nobody projects DOCUMENTS here, so it can only run out of time.
    await expect(relay.drain({ timeoutMs: 300 })).rejects.toThrow('2 changes');
    const [documents, ofGraph, search] = await freshnessOfTenant(world.a.postgres);
    expect(documents).toMatchObject({ target: 'DOCUMENTS', pending: 2, dead: 0, fresh: false });
    expect(documents?.lagSeconds).toBeGreaterThan(299);
    expect(ofGraph).toMatchObject({ target: 'GRAPH', pending: 0, dead: 1, fresh: false });
    expect(search).toEqual({ target: 'SEARCH', ...FRESH });
  });

  it('is read for many documents in one statement, in their order, unknown ones included', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await world.a.save(first, 1);
    await world.a.save(first, 2);
    await world.a.save(second, 1);
    const ids = [second, 'no-uuid', first, randomUUID()];
    const { result, counts } = await withTally(() => freshnessOfEntities(world.a.postgres, ids));
    expect(result.map(([documents]) => documents?.pending)).toEqual([1, 0, 2, 0]);
    expect(counts.postgres).toBe(1);
  });

  it('never counts another tenant’s changes', async () => {
    const id = randomUUID();
    await world.a.save(id, 1);
    const all = [await freshnessOfTenant(world.b.postgres), ...(await freshnessOfEntities(world.b.postgres, [id]))];
    for (const targets of all) expect(targets).toEqual(targets.map(({ target }) => ({ target, ...FRESH })));
  });
});
