import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSearchProjection } from '#operations/projections/search';
import { createLexicalEmbedder } from '#platform/embedder';
import { freshnessOfTenant } from '#stores/postgres/outbox/freshness';
import { ownPlaceOf } from '#stores/postgres/placement';
import type { Tier } from '#tenancy/tiers';
import { type OutboxTenant, type OutboxWorld, openOutboxWorld, recordingProjection } from '#test/kit/outbox-world';

let world: OutboxWorld;
let placed: readonly OutboxTenant[];
beforeAll(async () => {
  world = await openOutboxWorld();
  const tiers: readonly Tier[] = ['STANDARD', 'PREMIUM', 'PREMIUM', 'ENTERPRISE', 'ENTERPRISE'];
  placed = await Promise.all(tiers.map((tier, at) => world.tenant(`tenant-${at}`, tier)));
});
afterAll(() => world.close());

it('the relay carries the changes of every place, and each arrives in its own', async () => {
  const ids = placed.map(() => randomUUID());
  for (const [at, tenant] of placed.entries()) {
    await tenant.save(ids[at] ?? '', 1, { body: `body of ${at}` });
    await tenant.save(ids[at] ?? '', 2);
  }
  const documents = recordingProjection('DOCUMENTS');
  const graph = recordingProjection('GRAPH');
  await world
    .relay([documents, graph, createSearchProjection(world.store.searchIndex, createLexicalEmbedder())])
    .drain();
  expect([...documents.applied].sort()).toEqual(ids.flatMap((id) => [`${id} 1`, `${id} 2`]).sort());
  for (const [at, { postgres }] of placed.entries()) {
    expect(await postgres.sql`SELECT content_id::text AS id, revision, body FROM content_search`).toEqual([
      { id: ids[at], revision: 2, body: `body of ${at}` },
    ]);
    expect((await freshnessOfTenant(postgres)).every(({ fresh }) => fresh)).toBe(true);
  }
});

it('a running relay learns at once of a change in a database of its own', async () => {
  const arrivals = new EventEmitter();
  const documents = recordingProjection('DOCUMENTS', ({ entityId }) => void arrivals.emit(entityId));
  const relay = world.relay([documents], { pollMs: 60_000 });
  const unlisten = world.store.listen(relay.wake);
  relay.start();
  // The first shows that it listens; only then does the second show that it hears of another database.
  for (const tenant of [placed[0], placed.at(-1)]) {
    const id = randomUUID();
    const arrived = once(arrivals, id);
    await tenant?.save(id, 1);
    await arrived;
  }
  await unlisten();
  await relay.stop();
});

it('a database that is away holds up its own tenant alone', async () => {
  const [lost, ...others] = [...placed].reverse();
  const place = lost && ownPlaceOf(lost.context);
  await world.superuser(`DROP DATABASE ${place?.name} WITH (FORCE)`);
  const ids = others.map(() => randomUUID());
  for (const [at, tenant] of others.entries()) await tenant.save(ids[at] ?? '', 1);
  const graph = recordingProjection('GRAPH');
  await world.relay([graph, recordingProjection('DOCUMENTS'), recordingProjection('SEARCH')]).drain();
  expect(graph.applied).toEqual(expect.arrayContaining(ids.map((id) => `${id} 1`)));
  await expect(lost?.postgres.prisma.content.count()).rejects.toThrow();
  expect(await others[0]?.postgres.prisma.content.count()).toBeGreaterThan(0);
});
