import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSearchProjection } from '#operations/projections/search';
import { createLexicalEmbedder } from '#platform/embedder';
import { openPostgres } from '#stores/postgres/index';
import { moveTenant } from '#stores/postgres/move/index';
import { urlOfRole } from '#stores/postgres/roles';
import type { Tier } from '#tenancy/tiers';
import { type OutboxWorld, openOutboxWorld, recordingProjection } from '#test/kit/outbox-world';
import { asRole, contextOf } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const move = (tenantId: string, to: Tier) =>
  moveTenant({ url: world.url, secrets: TEST_SECRETS, tenantId, to, graceMs: 0 });

it('TI-06 a process with an old notion of the tier neither reads nor writes in the old place, for any number of moves', async () => {
  const { context, postgres, save } = await world.tenant('stale', 'STANDARD');
  const ids = [randomUUID()];
  await save(ids[0] ?? '', 1);
  for (const tier of ['PREMIUM', 'ENTERPRISE', 'STANDARD', 'PREMIUM'] as const) {
    await move(context.tenantId, tier);
    // The context still says STANDARD, as a signed assertion or a cache would.
    expect((await postgres.prisma.content.findMany({ select: { id: true } })).map(({ id }) => id).sort()).toEqual(ids);
    const id = randomUUID();
    await save(id, 1);
    ids.push(id);
    ids.sort();
  }
  const left = await world.superuser('SELECT FROM contents WHERE tenant_id = $1', [context.tenantId]);
  expect(left).toEqual([]);
});

it('the server itself refuses a transaction in a place that the tenant has left or not reached', async () => {
  const { context } = await world.tenant('left', 'STANDARD');
  const enter = (kind: string, generation: number | null, writing: boolean) =>
    asRole(urlOfRole(world.url, 'app', TEST_SECRETS), (client) =>
      client.query('SELECT enter_place($1, $2, $3, $4)', [context.tenantId, kind, generation, writing]),
    );
  await expect(enter('schema', null, false)).rejects.toMatchObject({ code: 'PM002' });
  await expect(enter('shared', null, true)).resolves.toBeDefined();
  await move(context.tenantId, 'PREMIUM');
  for (const writing of [true, false]) {
    await expect(enter('shared', null, writing)).rejects.toMatchObject({ code: 'PM002' });
    await expect(enter('shared', 1, writing)).rejects.toMatchObject({ code: 'PM002' });
    await expect(enter('schema', 1, writing)).rejects.toMatchObject({ code: 'PM002' });
    await expect(enter('schema', 2, writing)).resolves.toBeDefined();
  }
  for (const table of ['placements', 'tenant_moves']) {
    const writing = asRole(urlOfRole(world.url, 'app', TEST_SECRETS), (client) => client.query(`DELETE FROM ${table}`));
    await expect(writing).rejects.toThrow(/permission denied/);
  }
});

it('a single statement cannot write, because nobody would know who did', async () => {
  const { context, postgres } = await world.tenant('reads', 'STANDARD');
  const writing = postgres.sql`INSERT INTO contents (tenant_id, id, slug, title)
    VALUES (${context.tenantId}::uuid, gen_random_uuid(), 'x', 'X')`;
  await expect(writing).rejects.toThrow(/read-only transaction/);
});

it('writers wait while the tenant is locked, hold no connection meanwhile, and are told so when it takes too long', async () => {
  const { context } = await world.tenant('waits', 'STANDARD');
  const small = openPostgres({ ...PATIENT, url: world.url, poolSize: 1, movePatienceMs: 300 });
  const user = contextOf(context.tenantId, context.principal.id);
  await asRole(world.url, async (mover) => {
    await mover.query('SELECT pg_advisory_lock(placement_lock($1))', [context.tenantId]);
    const waiting = Array.from({ length: 20 }, () => small.forTenant(user).transaction((tx) => tx.content.count()));
    const outcomes = Promise.allSettled(waiting);
    expect(await small.forTenant(world.a.context).transaction((tx) => tx.content.count())).toBe(0);
    expect(await small.forTenant(user).prisma.content.count()).toBe(0);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { cause: { code: 'TENANT_MOVING' } } });
    }
  });
  await small.close();
});

it('the outbox comes along in its order: what waits is delivered once, after the move, from the new place', async () => {
  const { context, postgres, save } = await world.tenant('outbox', 'STANDARD');
  const id = randomUUID();
  for (const revision of [1, 2]) await save(id, revision, { body: 'moved along' });
  for (const tier of ['ENTERPRISE', 'PREMIUM', 'STANDARD'] as const) await move(context.tenantId, tier);
  await save(id, 3);
  const graph = recordingProjection('GRAPH');
  const others = [
    recordingProjection('DOCUMENTS'),
    createSearchProjection(world.store.searchIndex, createLexicalEmbedder()),
  ];
  await world.relay([graph, ...others]).drain();
  expect(graph.applied.filter((change) => change.startsWith(id))).toEqual([1, 2, 3].map((at) => `${id} ${at}`));
  expect(await postgres.sql`SELECT revision, body FROM content_search`).toEqual([{ revision: 3, body: 'moved along' }]);
});

it('what the relay claims or writes for a tenant that is being moved is refused, and done afterwards', async () => {
  const { context, postgres, save } = await world.tenant('relay', 'STANDARD');
  const id = randomUUID();
  await save(id, 1, { body: 'late' });
  const { queue } = world.store;
  const lane = { tenantId: context.tenantId, target: 'SEARCH' } as const;
  await asRole(world.url, async (mover) => {
    await mover.query('SELECT pg_advisory_lock(placement_lock($1))', [context.tenantId]);
    expect((await queue.claim(lane, 10, 1_000, 5)).deliveries).toEqual([]);
  });
  await move(context.tenantId, 'PREMIUM');
  expect((await queue.claim(lane, 10, 1_000, 5)).deliveries).toEqual([]);
  await world.store.searchIndex
    .forTenant(context)
    .apply([{ contentId: id, revision: 1, title: 'T', summary: '', body: 'late' }]);
  expect(await postgres.sql`SELECT body FROM content_search`).toEqual([{ body: 'late' }]);
});

const PATIENT = { secrets: TEST_SECRETS, timeoutMs: 10_000, log: { warn: () => undefined } as never };
