import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSearchProjection } from '#operations/projections/search';
import { createLexicalEmbedder } from '#platform/embedder';
import { unavailable } from '#stores/breaker';
import { freshnessOfTenant } from '#stores/postgres/outbox/freshness';
import { type OutboxWorld, openOutboxWorld, recordingProjection } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const deliveries = (id: string, target: string) =>
  world.superuser<{ state: string; attempts: number; code: string | null }>(
    `select state, attempts, last_error_code as code from outbox_deliveries where entity_id = $1 and target = $2`,
    [id, target],
  );
const gone = () => unavailable('neo4j', new Error('connection refused'));

describe('the relay', () => {
  it('delivers again what a killed relay applied but could not mark, and it is applied once', async () => {
    const id = randomUUID();
    await world.a.save(id, 1, { body: 'survives' });
    await world.superuser(`delete from outbox_deliveries where target <> 'SEARCH'`);
    const victim = spawn(process.execPath, ['--import', 'tsx', 'test/kit/relay-victim.ts'], {
      env: { ...process.env, DATABASE_URL: world.url, KILL_AT: 'after SEARCH' },
      stdio: 'inherit',
    });
    const [, signal] = await once(victim, 'exit');
    expect(signal).toBe('SIGKILL');
    expect(await deliveries(id, 'SEARCH')).toEqual([{ state: 'pending', attempts: 1, code: null }]);
    const [applied] = await world.superuser('select xmin::text, revision, body from content_search');
    expect(applied).toMatchObject({ revision: 1, body: 'survives' });

    await world.relay([createSearchProjection(world.store.searchIndex, createLexicalEmbedder())]).drain();
    expect(await deliveries(id, 'SEARCH')).toEqual([{ state: 'done', attempts: 2, code: null }]);
    // The same row version: the second delivery wrote nothing.
    expect(await world.superuser('select xmin::text, revision, body from content_search')).toEqual([applied]);
  });

  it('keeps what waits for a store that is away, for as long as it is, and goes on by itself', async () => {
    const id = randomUUID();
    await world.a.save(id, 1);
    await world.superuser(`delete from outbox_deliveries where target <> 'GRAPH'`);
    let tries = 0;
    const graph = recordingProjection('GRAPH', () => {
      tries += 1;
      if (tries <= 3) throw gone();
    });
    const relay = world.relay([graph], { maxAttempts: 2 });
    await expect(relay.drain({ timeoutMs: 200 })).rejects.toThrow('1 changes still wait');
    expect(await deliveries(id, 'GRAPH')).toEqual([{ state: 'pending', attempts: 0, code: 'STORE_UNAVAILABLE' }]);
    expect((await freshnessOfTenant(world.a.postgres))[1]).toMatchObject({ target: 'GRAPH', pending: 1, dead: 0 });

    await relay.drain();
    expect(graph.applied).toEqual([`${id} 1`]);
    expect(await deliveries(id, 'GRAPH')).toEqual([{ state: 'done', attempts: 1, code: null }]);
  });

  it('goes on with the other stores while one is away', async () => {
    const id = randomUUID();
    await world.a.save(id, 1);
    const [documents, search] = [recordingProjection('DOCUMENTS'), recordingProjection('SEARCH')];
    const graph = recordingProjection('GRAPH', () => {
      throw gone();
    });
    await expect(world.relay([documents, graph, search]).drain({ timeoutMs: 500 })).rejects.toThrow('1 changes');
    expect([documents.applied, graph.applied, search.applied]).toEqual([[`${id} 1`], [], [`${id} 1`]]);
    await world.relay([recordingProjection('GRAPH')]).drain();
  });

  it('lets a store have its way where it takes small batches only', async () => {
    for (let n = 0; n < 12; n += 1) await world.a.save(randomUUID(), 1);
    await world.superuser(`delete from outbox_deliveries where target <> 'GRAPH'`);
    const graph = recordingProjection('GRAPH');
    const choking = {
      ...graph,
      project: (tenant: Parameters<typeof graph.project>[0], events: Parameters<typeof graph.project>[1]) =>
        events.length > 3 ? Promise.reject(gone()) : graph.project(tenant, events),
    };
    await world.relay([choking], { random: () => 1 }).drain();
    expect(graph.applied).toHaveLength(12);
  });

  it('gives back a claim whose answer was lost, long before its lease is over', async () => {
    const id = randomUUID();
    await world.a.save(id, 1);
    await world.superuser(`delete from outbox_deliveries where target <> 'GRAPH'`);
    const { queue } = world.store;
    let lost = 0;
    const claim: typeof queue.claim = async (...asked) => {
      const made = await queue.claim(...asked);
      if (made.deliveries.length === 0 || lost > 0) return made;
      lost += 1;
      throw unavailable('postgres', new Error('the connection ended before the answer'));
    };
    const graph = recordingProjection('GRAPH');
    await world.relay([graph], { queue: { ...queue, claim } }).drain({ timeoutMs: 20_000 });
    expect({ lost, applied: graph.applied }).toEqual({ lost: 1, applied: [`${id} 1`] });
    expect(await deliveries(id, 'GRAPH')).toEqual([{ state: 'done', attempts: 1, code: null }]);
  });

  it('no longer marks anything once its lease went to another', async () => {
    await world.a.save(randomUUID(), 1);
    const lane = { tenantId: world.a.context.tenantId, target: 'GRAPH' as const };
    const { queue } = world.store;
    const slow = await queue.claim(lane, 10, 1, 8);
    await expect.poll(async () => (await queue.claim(lane, 10, 30_000, 8)).deliveries.length).toBe(1);
    const positions = slow.deliveries.map(({ position }) => position);
    expect(positions).toHaveLength(1);
    expect(await queue.settle(slow, positions)).toBe(0);
  });

  it('takes what a dead relay left one by one, so that no other pays for the event that kills', async () => {
    const { queue } = world.store;
    const lane = { tenantId: world.b.context.tenantId, target: 'GRAPH' as const };
    const claimed = async (leaseMs: number) => (await queue.claim(lane, 10, leaseMs, 8)).deliveries.length;
    for (let n = 0; n < 3; n += 1) await world.b.save(randomUUID(), 1);
    expect(await claimed(1)).toBe(3);
    await expect.poll(() => claimed(30_000)).toBe(1);
    expect([await claimed(30_000), await claimed(30_000), await claimed(30_000)]).toEqual([1, 1, 0]);
  });

  it('gives up what ended its relay again and again', async () => {
    const id = randomUUID();
    await world.b.save(id, 1);
    await world.superuser(`update outbox_deliveries set attempts = 8 where entity_id = $1 and target = 'GRAPH'`, [id]);
    expect(await world.store.queue.buryAbandoned(8)).toBe(1);
    expect(await deliveries(id, 'GRAPH')).toEqual([{ state: 'dead', attempts: 8, code: 'ABANDONED' }]);
  });

  it('finds PostgreSQL again after every connection was cut', async () => {
    const id = randomUUID();
    const graph = recordingProjection('GRAPH');
    const projections = [graph, recordingProjection('DOCUMENTS'), recordingProjection('SEARCH')];
    const relay = world.relay(projections);
    relay.start();
    let connected = 0;
    const stopListening = world.store.listen(() => {
      connected += 1;
    });
    await expect.poll(() => connected).toBe(1);
    await world.superuser(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename in ('polygraph_relay', 'polygraph_identity')`);
    await world.a.save(id, 1);
    await expect.poll(() => graph.applied).toContain(`${id} 1`);
    await expect.poll(() => connected).toBeGreaterThan(1);
    await stopListening();
  });
});
