import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listMemoryTotals, readMemoryHealth, refreshRollups } from '#stores/postgres/memory/rollups';
import { urlOfRole } from '#stores/postgres/roles';
import { asRole, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { openRememberer, type Rememberer } from '#test/kit/rememberer';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let tenants: [Rememberer, Rememberer, Rememberer];
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  tenants = [
    await openRememberer(world, 'little'),
    await openRememberer(world, 'much'),
    await openRememberer(world, 'apart', 'ENTERPRISE'),
  ];
  await tenants[0].plant(2);
  await tenants[0].plant(1, { expired: true });
  await tenants[1].plant(50);
  await tenants[2].plant(3);
});
afterAll(() => world.close());

const access = () => ({ url: world.url, secrets: TEST_SECRETS });
const HISTORY = 'query ($contextId: ID) { memoryHistory(contextId: $contextId) { memories memoryBytes expired } }';
const HEALTH = '{ memoryHealth { state refreshedAt expired expiring metricsOfLastHour } }';
const LOG = 'mutation ($input: PerformanceMetricInput!) { logPerformanceMetric(input: $input) { id value } }';
const SUMMARY = '{ performanceSummary { hour subject name unit count mean min max p95 } }';
const BYTES = '{"fact": "one"}'.length;

describe('memory', () => {
  it('is counted for a tenant, by kind and by context', async () => {
    const [little] = tenants;
    const { data, counts } = await little.ask(`query ($contextId: ID) { memoryUsage(contextId: $contextId) {
      memories memoryBytes offloadedContexts compressedBytes byKind { kind memories memoryBytes }
      byContext { context { id } memories memoryBytes } } }`);
    expect(data.memoryUsage).toEqual({
      ...{ memories: 2, memoryBytes: 2 * BYTES, offloadedContexts: 0, compressedBytes: 0 },
      byKind: [{ kind: 'SEMANTIC', memories: 2, memoryBytes: 2 * BYTES }],
      byContext: [{ context: { id: little.contextId }, memories: 2, memoryBytes: 2 * BYTES }],
    });
    expect(counts.postgres).toBe(3);
  });

  it('is rolled up by day where it lives, twice as well as once, and each tenant reads its own', async () => {
    const [little, much, apart] = tenants;
    expect((await little.ask(HEALTH)).data.memoryHealth).toMatchObject({ state: 'STALE', refreshedAt: null });
    for (let run = 0; run < 2; run += 1) expect(await refreshRollups(access())).toEqual({ done: 5, failed: [] });
    expect((await little.ask(HISTORY)).data.memoryHistory).toEqual([
      { memories: 2, memoryBytes: 2 * BYTES, expired: 1 },
    ]);
    expect((await apart.ask(HISTORY)).data.memoryHistory).toMatchObject([{ memories: 3, expired: 0 }]);
    expect((await little.ask(HISTORY, { contextId: much.contextId })).data.memoryHistory).toEqual([]);
    expect((await little.ask(HEALTH)).data.memoryHealth).toMatchObject({ state: 'CURRENT', expired: 1 });
  });

  it('of all tenants is summed up for operators, without a name in it', async () => {
    await refreshRollups(access());
    expect(await readMemoryHealth(access())).toMatchObject({
      tenants: 5,
      contexts: 3,
      staleTenants: 0,
      memories: 55,
      expired: 1,
    });
    const slugs = (await listMemoryTotals(access())).map(({ slug, memories }) => [slug, memories]);
    expect(slugs).toEqual([
      ['a', 0],
      ['apart', 3],
      ['b', 0],
      ['little', 2],
      ['much', 50],
    ]);
  });
});

describe('FL-04 what is materialised', () => {
  it.each(['memory_rollups', 'performance_metrics', 'retention_policies'])(
    'of others is not in %s, whatever is asked',
    async (table) => {
      await refreshRollups(access());
      for (const one of tenants.slice(0, 2)) {
        await one.ask(LOG, { input: { subject: 'memory', name: 'attacked', value: 1, unit: 'ms' } });
        await one.ask('mutation { setRetentionPolicy(kind: METRICS, days: 30) { days } }');
      }
      await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
        expect((await client.query(`SELECT FROM ${table}`)).rowCount).toBe(0);
        await client.query(`SELECT set_config('app.tenant', $1, false)`, [tenants[0].id]);
        const seen = await client.query(`SELECT DISTINCT tenant_id FROM ${table} WHERE true OR tenant_id IS NOT NULL`);
        expect(seen.rows).toEqual([{ tenant_id: tenants[0].id }]);
      });
    },
  );

  it.each([
    `UPDATE memory_rollups SET memories = 0`,
    `INSERT INTO memory_rollups SELECT * FROM memory_rollups`,
    'DELETE FROM memory_rollups',
    'DELETE FROM performance_metrics',
  ])('is not changed by a request: %s', async (text) => {
    await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
      await client.query(`SELECT set_config('app.tenant', $1, false)`, [tenants[0].id]);
      await expect(client.query(text)).rejects.toThrow(/permission denied/);
    });
  });
});

describe('metrics', () => {
  it('are logged, and summed up by the hour', async () => {
    const tenant = await openRememberer(world, 'measured');
    for (let value = 1; value <= 20; value += 1) {
      await tenant.ask(LOG, { input: { subject: 'memory', name: 'retrieval-time', value, unit: 'ms' } });
    }
    const { performanceSummary } = (await tenant.ask(SUMMARY)).data;
    expect(performanceSummary.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    expect(performanceSummary[0]).toMatchObject({ subject: 'memory', name: 'retrieval-time', unit: 'ms', max: 20 });
    expect((await tenant.ask(HEALTH)).data.memoryHealth.metricsOfLastHour).toBe(20);
  });

  it.each([
    [{ subject: 'Two words' }, '`subject` is 1 to 60'],
    [{ value: 1e300 }, '`value` is at most 1e15'],
    [{ unit: ' ' }, '`unit` is empty'],
  ])('are refused with %j', async (wrong, message) => {
    const input = { subject: 'memory', name: 'time', value: 1, unit: 'ms', ...wrong };
    const { errors } = await tenants[0].ask(LOG, { input });
    expect(errors?.[0]?.message).toContain(message);
  });
});
