import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMoveKeeper } from '#operations/moves/keeper';
import { moveTenant, planMove } from '#stores/postgres/move/index';
import type { MovePoint } from '#stores/postgres/move/moving';
import { listMoves } from '#stores/postgres/move/record';
import { TIERS, type Tier } from '#tenancy/tiers';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';
import { startTraffic, type Traffic } from '#test/kit/traffic';
import { killVictimAt } from '#test/kit/victim';

let world: PostgresWorld;
beforeAll(async () => {
  // A machine that does much else takes a while until the next process goes on with a move.
  world = await openPostgresWorld({ timeoutMs: 15_000, movePatienceMs: 15_000, poolSize: 8 });
});
afterAll(() => world.close());

const WAYS = TIERS.slice(1).flatMap((from) =>
  TIERS.slice(1).flatMap((to) => (from === to ? [] : [[from, to] as const])),
);
const options = ({ id }: PostgresTenant, to: Tier) => ({ url: world.url, secrets: TEST_SECRETS, tenantId: id, to });

/** Document by document, with its events, in whichever place the tenant's handle finds. */
async function expectNothingLost({ handle }: PostgresTenant, { acknowledged }: Traffic): Promise<void> {
  const held = await handle.prisma.content.findMany({ select: { id: true, revision: true } });
  expect(new Map(held.map(({ id, revision }) => [id, revision]))).toEqual(acknowledged);
  const events = await handle.sql<{ id: string; revisions: number[] }>`
    SELECT entity_id::text AS id, array_agg((payload ->> 'revision')::int ORDER BY position) AS revisions
    FROM outbox GROUP BY entity_id`;
  const inOrder = [...acknowledged].map(([id, last]) => [id, Array.from({ length: last }, (_, at) => at + 1)] as const);
  expect(new Map(events.map(({ id, revisions }) => [id, revisions]))).toEqual(new Map(inOrder));
}

/** Rows of the tenant in the shared tables that are not kept there for everybody; and its schema, database and role. */
async function remainsOf({ id }: PostgresTenant): Promise<Record<string, number>> {
  const name = `t_${id.replaceAll('-', '')}`;
  const [counts] = await world.superuser<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM contents WHERE tenant_id = $1) AS contents,
       (SELECT count(*)::int FROM outbox WHERE tenant_id = $1) AS outbox,
       (SELECT count(*)::int FROM outbox_deliveries WHERE tenant_id = $1) AS deliveries,
       (SELECT count(*)::int FROM pg_namespace WHERE nspname = $2) AS schema,
       (SELECT count(*)::int FROM pg_database WHERE datname = $2) AS database,
       (SELECT count(*)::int FROM pg_roles WHERE rolname = $2) AS role`,
    [id, name],
  );
  return counts ?? {};
}

describe('moving a tenant while it writes and reads', () => {
  it.each(WAYS)('TI-05 loses, doubles and leaves nothing: %s to %s', { timeout: 60_000 }, async (from, to) => {
    const tenant = await world.tenant(`from-${from}-to-${to}`.toLowerCase(), from);
    const [mine, others] = [startTraffic(tenant), startTraffic(world.a, { writes: 20 })];
    await expect.poll(() => mine.acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(20);
    const receipt = await moveTenant({ ...options(tenant, to), graceMs: 500 });
    const moved = mine.acknowledged.size;
    await expect.poll(() => mine.acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(moved + 10);
    await Promise.all([mine.stop(), others.stop()]);
    expect([mine.refused, mine.staleReads, others.refused, others.staleReads]).toEqual([[], [], [], []]);
    await expectNothingLost(tenant, mine);
    expect(receipt?.tables.find(({ table }) => table === 'contents')?.rows.from).toBeGreaterThan(20);
    expect(receipt?.tables.every(({ checksum }) => checksum.from === checksum.to)).toBe(true);
    const { schema, database, role, ...rows } = await remainsOf(tenant);
    expect({ schema, database, role }).toEqual({
      schema: Number(to === 'PREMIUM'),
      database: Number(to === 'ENTERPRISE'),
      role: Number(to !== 'STANDARD'),
    });
    if (to !== 'STANDARD') expect(rows).toEqual({ contents: 0, outbox: 0, deliveries: 0 });
    expect((await world.directory.tenant(tenant.id))?.tier).toBe(to);
  });
});

it('says in a dry run what it would carry, and changes nothing', async () => {
  const tenant = await world.tenant('planned', 'STANDARD');
  await tenant.document();
  const plan = await planMove(options(tenant, 'ENTERPRISE'));
  expect(plan).toMatchObject({ from: 'STANDARD', to: 'ENTERPRISE', resumesAt: undefined });
  expect(plan.tables).toContainEqual({ table: 'contents', rows: 1 });
  expect(await remainsOf(tenant)).toMatchObject({ contents: 1, database: 0, role: 0 });
});

it('changes between FREE and STANDARD without carrying anything, and refuses another way while one is unfinished', async () => {
  const tenant = await world.tenant('halted', 'STANDARD');
  expect(await moveTenant(options(tenant, 'FREE'))).toBeUndefined();
  expect((await world.directory.tenant(tenant.id))?.tier).toBe('FREE');
  const halted = moveTenant({ ...options(tenant, 'PREMIUM'), onPoint: () => Promise.reject(new Error('halted')) });
  await expect(halted).rejects.toThrow('halted');
  await expect(moveTenant(options(tenant, 'ENTERPRISE'))).rejects.toThrow(/on its way to PREMIUM/);
});

/** Moves the tenant in a process of its own, which is killed where the move gets to that point. */
const killAt = (point: MovePoint, { id }: PostgresTenant, to: Tier): Promise<void> =>
  killVictimAt('move-victim.ts', point, { DATABASE_URL: world.url, TENANT: id, TIER: to });

describe('a move that was killed', () => {
  const AT: readonly (readonly [Tier, Tier, MovePoint])[] = [
    ['STANDARD', 'ENTERPRISE', 'planned'],
    ['STANDARD', 'PREMIUM', 'place made'],
    ['ENTERPRISE', 'PREMIUM', 'copying'],
    ['PREMIUM', 'ENTERPRISE', 'catching up'],
    ['STANDARD', 'ENTERPRISE', 'switching'],
    ['ENTERPRISE', 'STANDARD', 'paused'],
    ['PREMIUM', 'ENTERPRISE', 'announced'],
    ['ENTERPRISE', 'STANDARD', 'closed'],
    ['STANDARD', 'ENTERPRISE', 'switched'],
    ['ENTERPRISE', 'PREMIUM', 'verifying'],
    ['PREMIUM', 'STANDARD', 'rows removed'],
  ];

  it.each(AT)('F-27 %s to %s is completed by the next, killed at: %s', { timeout: 60_000 }, async (from, to, point) => {
    const tenant = await world.tenant(`${from}-${to}-${point}`.toLowerCase().replaceAll(' ', '-'), from);
    const traffic = startTraffic(tenant);
    await expect.poll(() => traffic.acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(10);
    await killAt(point, tenant, to);
    const after = traffic.acknowledged.size;
    // Between its two commits nobody is served; anywhere else, writers go on at once, without the mover.
    if (point !== 'closed') await expect.poll(() => traffic.acknowledged.size).toBeGreaterThan(after + 5);
    await moveTenant({ ...options(tenant, to), graceMs: 0 });
    await traffic.stop();
    expect([traffic.refused, traffic.staleReads]).toEqual([[], []]);
    await expectNothingLost(tenant, traffic);
    const { contents, schema, database } = await remainsOf(tenant);
    expect({ schema, database }).toEqual({ schema: Number(to === 'PREMIUM'), database: Number(to === 'ENTERPRISE') });
    if (to !== 'STANDARD') expect(contents).toBe(0);
    const [move] = (await listMoves(world.url, TEST_SECRETS)).filter(({ tenantId }) => tenantId === tenant.id);
    expect(move).toMatchObject({
      step: 'cleaned',
      from,
      to,
      receipt: { checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('is finished by whoever keeps moves where nobody else serves the tenant, and left alone where its old place does', {
    timeout: 60_000,
  }, async () => {
    const unserved = await world.tenant('unserved', 'ENTERPRISE');
    await startTraffic(unserved, { writes: 5 }).stop();
    await killAt('closed', unserved, 'STANDARD');
    const served = await world.tenant('served', 'STANDARD');
    await killAt('copying', served, 'PREMIUM');
    const { url, log } = world;
    const keeper = createMoveKeeper({ url, secrets: TEST_SECRETS, environment: 'test', log });
    expect(await keeper.finish()).toEqual(['unserved']);
    expect(await unserved.handle.prisma.content.count()).toBeGreaterThanOrEqual(0);
    expect(await keeper.finish()).toEqual([]);
    const limits = await world.superuser('SELECT tier, max_users FROM tenants WHERE id = $1', [unserved.id]);
    expect(limits).toEqual([{ tier: 'STANDARD', max_users: 100 }]);
    const states = await listMoves(url, TEST_SECRETS);
    expect(states.find(({ slug }) => slug === 'served')?.step).toBe('copying');
    await moveTenant({ ...options(served, 'PREMIUM'), graceMs: 0 });
  });
});
