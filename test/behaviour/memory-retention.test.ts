import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveByAge } from '#stores/postgres/audit/by-policy';
import { cleanMemory } from '#stores/postgres/memory/clean';
import { placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import type { Tier } from '#tenancy/tiers';
import { type AuditWorld, openAuditWorld, tamperWith } from '#test/kit/audit';
import { asRole, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { openRememberer, type Rememberer } from '#test/kit/rememberer';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let audit: AuditWorld;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  audit = await openAuditWorld(world);
});
afterAll(async () => {
  await world.close();
  await audit.close();
});

const access = () => ({ url: world.url, secrets: TEST_SECRETS });
const SET =
  'mutation ($kind: RetentionKind!, $days: Int!) { setRetentionPolicy(kind: $kind, days: $days) { kind days } }';
const COUNT = '{ memoryUsage { memories memoryBytes } }';
const countOf = async ({ ask }: Rememberer): Promise<number> => (await ask(COUNT)).data.memoryUsage.memories;

let made = 0;
function rememberer(tier?: Tier): Promise<Rememberer> {
  made += 1;
  return openRememberer(world, `kept-${made}`, tier);
}

/** Runs on a connection of the superuser to where the tenant lives. */
function atHome<T>({ context }: PostgresTenant, work: Parameters<typeof asRole<T>>[1]): Promise<T> {
  const place = placementOf(context);
  return asRole(urlIn(world.url, place), async (client) => {
    await client.query(`SET search_path = ${schemaOf(place)}, public`);
    return work(client);
  });
}

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('in a %s tenant', (tier) => {
  it('what has expired is cleaned away, and what its retention does not keep', async () => {
    const tenant = await rememberer(tier);
    await tenant.plant(3, { expired: true });
    await tenant.plant(2, { daysOld: 40 });
    await tenant.plant(4, { daysOld: 20 });
    expect((await cleanMemory(access())).removed).toEqual({ MEMORIES: 3, OFFLOADED_CONTEXTS: 0, METRICS: 0 });
    await tenant.ask(SET, { kind: 'MEMORIES', days: 30 });
    expect(await cleanMemory(access())).toMatchObject({ removed: { MEMORIES: 2 }, more: false, failed: [] });
    expect(await countOf(tenant)).toBe(4);
    const told = await tenant.handle.sql<{ n: number }>`SELECT count(*)::int AS n FROM audit_log
      WHERE action = 'memory.clean' AND operation = 'DELETE' AND principal_kind = 'system'`;
    expect(told).toEqual([{ n: 5 }]);
  });
});

describe('cleaning', () => {
  it('goes in batches, and goes on where it stopped', async () => {
    const tenant = await rememberer();
    await tenant.plant(25, { expired: true });
    const few = { batch: 10, maxBatches: 1 };
    const runs = [await cleanMemory(access(), few), await cleanMemory(access(), few), await cleanMemory(access(), few)];
    expect(runs.map(({ removed, more }) => [removed.MEMORIES, more])).toEqual([
      [10, true],
      [10, true],
      [5, false],
    ]);
  });

  it('waits for nobody: what is locked, and who is being moved, is left for the next run', async () => {
    const tenant = await rememberer('PREMIUM');
    await tenant.plant(3, { expired: true });
    await atHome(tenant, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM memories WHERE tenant_id = $1 LIMIT 1 FOR UPDATE', [tenant.id]);
      expect((await cleanMemory(access())).removed.MEMORIES).toBe(2);
      await client.query('ROLLBACK');
      await client.query('SELECT pg_advisory_lock(public.placement_lock($1))', [tenant.id]);
      expect((await cleanMemory(access())).removed.MEMORIES).toBe(0);
    });
    expect((await cleanMemory(access())).removed.MEMORIES).toBe(1);
  });

  it('is done in all other places where one cannot be reached', async () => {
    const [lost, other] = [await rememberer('ENTERPRISE'), await rememberer('PREMIUM')];
    await other.plant(2, { expired: true });
    const { name } = placementOf(lost.context) as { name: string };
    await world.superuser(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    const report = await cleanMemory(access());
    await world.superuser(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    expect(report).toMatchObject({ removed: { MEMORIES: 2 }, failed: [expect.stringContaining(lost.id)] });
  });

  it('takes metrics after 90 days, and offloaded texts with all their pieces when it is told to', async () => {
    const tenant = await rememberer();
    await tamperWith(
      world,
      tenant,
      `INSERT INTO performance_metrics (tenant_id, at, subject, name, value, unit)
         VALUES ($tenant, now() - interval '91 days', 'memory', 'time', 1, 'ms'), ($tenant, now(), 'memory', 'time', 1, 'ms');
       INSERT INTO offloaded_contexts (tenant_id, id, context_id, key, title, created_at)
         VALUES ($tenant, '${tenant.contextId}', '${tenant.contextId}', 'old', 'Old', now() - interval '3 days');
       INSERT INTO offloaded_pieces (tenant_id, offloaded_id, number, original_bytes, compressed)
         VALUES ($tenant, '${tenant.contextId}', 0, 1, '\\x00')`,
    );
    expect((await cleanMemory(access())).removed).toMatchObject({ OFFLOADED_CONTEXTS: 0, METRICS: 1 });
    await tenant.ask(SET, { kind: 'OFFLOADED_CONTEXTS', days: 2 });
    expect((await cleanMemory(access())).removed).toMatchObject({ OFFLOADED_CONTEXTS: 1, METRICS: 0 });
    expect(await world.superuser('SELECT FROM offloaded_pieces WHERE tenant_id = $1', [tenant.id])).toEqual([]);
  });
});

describe('retention', () => {
  it('is what the product keeps until the tenant says otherwise, within limits', async () => {
    const tenant = await rememberer();
    const list = '{ retentionPolicies { kind days minDays maxDays } }';
    const AUDIT = { kind: 'AUDIT', days: 3650, minDays: 90, maxDays: 3650 };
    expect((await tenant.ask(list)).data.retentionPolicies).toContainEqual(AUDIT);
    expect((await tenant.ask(SET, { kind: 'AUDIT', days: 365 })).data.setRetentionPolicy.days).toBe(365);
    expect((await tenant.ask(list)).data.retentionPolicies).toContainEqual({ ...AUDIT, days: 365 });
    for (const days of [0, -1, 89, 3651]) {
      const { errors } = await tenant.ask(SET, { kind: 'AUDIT', days });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', min: 90, max: 3650 });
    }
    await tenant.ask('mutation { clearRetentionPolicy(kind: AUDIT) { days } }');
    expect((await tenant.ask(list)).data.retentionPolicies).toContainEqual(AUDIT);
  });

  it('of the audit takes months of the own place alone, and those of a shared one when everybody agrees', async () => {
    const [tenant, other] = [await rememberer('ENTERPRISE'), await rememberer('STANDARD')];
    for (const one of [tenant, other]) await inJanuary(one);
    await tenant.ask(SET, { kind: 'AUDIT', days: 90 });
    await other.ask(SET, { kind: 'AUDIT', days: 90 });
    const archive = { ...access(), dir: `${audit.dir}/archive` };
    expect(await archiveByAge(archive)).toMatchObject([{ place: 'database', chains: 1 }]);
    expect(await audit.verify(tenant)).toMatchObject({ bad: undefined, archived: 1 });
    expect(await archiveByAge(archive)).toEqual([]);
    expect(await archiveByAge({ ...archive, days: 90 })).toMatchObject([{ place: 'shared', chains: 1 }]);
    expect(await audit.verify(other)).toMatchObject({ bad: undefined, archived: 1 });
  });
});

/** As if the tenant's history had begun then. */
async function inJanuary(tenant: PostgresTenant): Promise<void> {
  await audit.tamper(
    tenant,
    'DELETE FROM audit_log WHERE tenant_id = $tenant; DELETE FROM audit_heads WHERE tenant_id = $tenant',
  );
  await atHome(tenant, async (client) => {
    await client.query(
      `SELECT audit_append($1, '2026-01-02T00:00Z', 'system', 'test', 'old', 'EVENT', 'nothing', '1', 'INFO',
      NULL, NULL, '{}')`,
      [tenant.id],
    );
    await client.query(`SELECT make_month_partition('audit_log', '2026-01-01')`);
  });
}
