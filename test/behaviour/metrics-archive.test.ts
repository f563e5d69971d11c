import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { archiveMetrics, restoreMetrics } from '#stores/postgres/maintenance/metrics-archive';
import { placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import { asRole, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let dir: string;
beforeAll(async () => {
  world = await openPostgresWorld();
  dir = await mkdtemp(join(tmpdir(), 'polygraph-metrics-'));
});
afterAll(async () => {
  await world.close();
  await rm(dir, { recursive: true, force: true });
});

/** In the tenant's place, as an administrator of the server. */
const inPlace = (tenant: PostgresTenant, text: string) => {
  const place = placementOf(tenant.context);
  return asRole(urlIn(world.url, place), async (client) => {
    await client.query(`SET search_path = ${schemaOf(place)}, public`);
    return (await client.query(text)).rows;
  });
};
const inJanuary = (tenant: PostgresTenant) =>
  inPlace(
    tenant,
    `SELECT make_month_partition('tenant_metrics', '2026-01-01');
     INSERT INTO tenant_metrics SELECT '${tenant.id}', '2026-01-01'::date + n, n, n, n, n, n, 9007199254740993
       FROM generate_series(0, 30) AS n`,
  );

it.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)(
  'a month of metrics of a %s tenant leaves for a file and comes back as it was',
  async (tier) => {
    const tenant = await world.tenant(`metrics-${tier.toLowerCase()}`, tier);
    await inJanuary(tenant);
    const own = `FROM tenant_metrics WHERE tenant_id = '${tenant.id}'`;
    const before = await inPlace(tenant, `SELECT * ${own} ORDER BY date`);
    const archive = { url: world.url, secrets: TEST_SECRETS, dir: join(dir, tier), month: '2026-01' };
    const archived = await archiveMetrics(archive);
    expect(archived.map(({ days }) => days)).toContain(31);
    expect(await inPlace(tenant, `SELECT ${own}`)).toEqual([]);
    expect(await archiveMetrics(archive)).toEqual([]);
    const told = `SELECT FROM audit_log WHERE tenant_id = '${tenant.id}' AND entity = 'metrics_archives'`;
    expect(await inPlace(tenant, told)).toHaveLength(1);
    expect(await restoreMetrics(archive)).toEqual(archived);
    expect(await inPlace(tenant, `SELECT * ${own} ORDER BY date`)).toEqual(before);
  },
);

it('a file that was altered is not taken for the month that left, and a month that is not over stays', async () => {
  const tenant = await world.tenant('altered');
  await inJanuary(tenant);
  const archive = { url: world.url, secrets: TEST_SECRETS, dir: join(dir, 'altered'), month: '2026-01' };
  await archiveMetrics(archive);
  await writeFile(join(archive.dir, 'shared', tenant.id, '2026-01.jsonl.gz'), gzipSync('{}\n'));
  await expect(restoreMetrics(archive)).rejects.toThrow(/is not the file that was written/);
  expect(await inPlace(tenant, `SELECT FROM tenant_metrics WHERE tenant_id = '${tenant.id}'`)).toEqual([]);
  const month = new Date().toISOString().slice(0, 7);
  await expect(archiveMetrics({ ...archive, month })).rejects.toThrow(/is not over/);
});
