import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAINTENANCE_TASKS, type Maintenance, openMaintenance } from '#stores/postgres/maintenance/index';
import type { TenantStores } from '#stores/stores';
import { createOperationsSubgraph } from '#subgraphs/operations/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import type { Role } from '#tenancy/roles';
import { contextOf, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let maintenance: Maintenance;
beforeAll(async () => {
  world = await openPostgresWorld();
  await world.tenant('apart', 'PREMIUM');
  await world.tenant('far-apart', 'ENTERPRISE');
  maintenance = openMaintenance({ url: world.url, secrets: TEST_SECRETS });
});
afterAll(() => world.close());

async function ask(query: string, role: Role = 'PLATFORM_ADMIN', { keyless = false } = {}) {
  const keys = createAssertionKeys(TEST_SECRETS);
  const host = createOperationsSubgraph({
    verify: createAssertionVerifier(keys, 'operations'),
    openStores: (tenant) => ({ postgres: world.postgres.forTenant(tenant) }) as TenantStores,
    ...{ health: { current: () => [] }, maintenance: keyless ? undefined : maintenance, log: world.log },
  });
  const body = JSON.stringify({ query });
  const sign = createAssertionSigner(keys);
  const { data, errors } = await host.execute(
    body,
    sign(contextOf(world.a.id, world.a.userId, role), 'operations', body),
    randomUUID(),
  );
  return { data: data as Record<string, never> | null | undefined, errors };
}

describe('maintenance', () => {
  it.each(MAINTENANCE_TASKS)('%s is done in all places, twice as well as once, and told who asked', async (task) => {
    const [first, second] = [await maintenance.run(task, 'user:ada'), await maintenance.run(task, 'user:bob')];
    for (const run of [first, second])
      expect(run).toMatchObject({ task, result: { failed: [] }, finishedAt: expect.any(Date) });
    const [newest] = await maintenance.runs(1);
    expect(newest).toMatchObject({ task, requestedBy: 'user:bob' });
  });

  it('of one kind is under way once', async () => {
    const both = await Promise.all([maintenance.run('ANALYZE', 'a'), maintenance.run('ANALYZE', 'b')]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });

  it('removes what a REINDEX that was killed left behind', async () => {
    await world.superuser('CREATE INDEX items_title_ccnew ON items (title)');
    await world.superuser(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'items_title_ccnew'::regclass`);
    await maintenance.run('REINDEX', 'user:ada');
    expect(await world.superuser(`SELECT to_regclass('items_title_ccnew') AS left`)).toEqual([{ left: null }]);
  });

  it('tells of tables, indexes, slow statements and the day, and of no tenant', async () => {
    const answer = await ask(`{
      tableStatistics { name places rows bytes indexes { name scans } }
      slowQueries(first: 5) { text calls meanMs }
      dailyReport { tenants activeTenants connections cacheHitRatio slowest { text } }
    }`);
    expect(answer.errors).toBeUndefined();
    const { tableStatistics, slowQueries, dailyReport } = answer.data ?? {};
    expect(tableStatistics).toContainEqual(expect.objectContaining({ name: 'contents', places: 2 }));
    expect(tableStatistics).toContainEqual(expect.objectContaining({ name: 'audit_log', indexes: expect.any(Array) }));
    expect(slowQueries).toHaveLength(5);
    expect(dailyReport).toMatchObject({ tenants: 4, activeTenants: 4 });
    expect(JSON.stringify(answer.data)).not.toMatch(/t_[0-9a-f]{32}/);
  });

  it.each(['slowQueries', 'maintenanceRuns'])('%s has 1 to 100 rows', async (field) => {
    for (const first of [0, 101, 1_000_000_000]) {
      const { errors } = await ask(`{ ${field}(first: ${first}) { __typename } }`);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100 });
    }
  });

  it('is for platform administrators, and audited as theirs', async () => {
    const task = 'mutation { maintain(task: ANALYZE) { task done failed } }';
    for (const role of ['OWNER', 'ADMIN', 'AUDITOR'] as const) {
      const { errors } = await ask(task, role);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScopes: ['platform:operate'] });
    }
    expect((await ask(task)).data).toMatchObject({ maintain: { task: 'ANALYZE', failed: 0 } });
    const noted = await world.a.handle
      .sql`SELECT principal_id, entity_id FROM audit_log WHERE action = 'maintenance.run'`;
    expect(noted).toEqual([{ principal_id: world.a.userId, entity_id: 'ANALYZE' }]);
  });

  it('is not there in a process that does not hold the keys', async () => {
    const { errors } = await ask('{ dailyReport { tenants } }', 'PLATFORM_ADMIN', { keyless: true });
    expect(errors?.[0]?.extensions.code).toBe('NOT_SUPPORTED');
  });

  it('tells a tenant how much it keeps and does', async () => {
    const query = `{ _entities(representations: [{ __typename: "Tenant", id: "${world.a.id}" }]) {
      ... on Tenant { performance { userCount contentCount recentAudits storageMb } } } }`;
    const { data } = await ask(query, 'AUDITOR');
    expect(data).toMatchObject({ _entities: [{ performance: { userCount: 1, contentCount: 0, storageMb: 0 } }] });
  });
});
