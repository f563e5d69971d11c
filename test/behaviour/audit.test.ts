import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveMonth, restoreMonth } from '#stores/postgres/audit/archive';
import { makePartitionsAhead } from '#stores/postgres/audit/partitions';
import { type DatabasePlace, placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import { urlOfRole, urlOfTenant } from '#stores/postgres/roles';
import { type AuditWorld, openAuditWorld, writeHistory } from '#test/kit/audit';
import { asRole, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let audit: AuditWorld;
const access = () => ({ url: world.url, secrets: TEST_SECRETS });
beforeAll(async () => {
  world = await openPostgresWorld();
  audit = await openAuditWorld(world);
});
afterAll(async () => {
  await audit.close();
  await world.close();
});

const TIERS = ['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const;
const LOG = `query ($filter: AuditFilter, $first: Int, $after: String) {
  auditLog(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { seq action operation entity entityId severity principalKind principalId user { name } before after metadata }
  }
}`;

describe.each(TIERS)('the audit of a %s tenant', (tier) => {
  let tenant: PostgresTenant;
  let contentId: string;
  const ask = (variables: Record<string, unknown>) => createRelationalClient(world, tenant).ask(LOG, variables);
  beforeAll(async () => {
    tenant = await world.tenant(`audited-${tier.toLowerCase()}`, tier);
    contentId = await writeHistory(tenant, 4);
  });

  it('tells who changed what, from what to what', async () => {
    const { data } = await ask({ filter: { entityId: contentId }, first: 1 });
    expect(data.auditLog.nodes).toEqual([
      expect.objectContaining({
        ...{ action: 'content.update', operation: 'UPDATE', entity: 'contents', severity: 'INFO' },
        ...{ principalKind: 'user', principalId: tenant.userId, user: { name: `Owner ${tenant.slug}` } },
        ...{ before: { title: 'Title 2' }, after: { title: 'Title 3' }, metadata: { n: 3, fields: ['title'] } },
      }),
    ]);
    expect(data.auditLog.totalCount).toBe(4);
  });

  it('is searched by metadata and turned over in pages', async () => {
    const { data } = await ask({ filter: { metadata: { fields: ['title'] } }, first: 2 });
    const { endCursor } = data.auditLog.pageInfo;
    const next = await ask({ filter: { metadata: { fields: ['title'] } }, first: 2, after: endCursor });
    const seen = [data, next.data].flatMap(({ auditLog }) => auditLog.nodes.map(({ metadata }) => metadata));
    expect(seen).toEqual([3, 2, 1].map((n) => ({ n, fields: ['title'] })));
    expect((await ask({ filter: { metadata: { n: 99 } } })).data.auditLog.totalCount).toBe(0);
    expect((await ask({ filter: { metadata: ['n'] } })).errors?.[0]?.message).toMatch(/JSON object/);
  });

  it('is written with the change or not at all', async () => {
    const before = await audit.verify(tenant);
    const failing = tenant.handle.transaction(async (tx) => {
      await tx.content.updateMany({ data: { title: 'Never' } });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await tenant.handle.transaction((tx) => tx.content.updateMany({ data: { title: 'Title 3' } }));
    expect(await audit.verify(tenant)).toEqual(before);
  });

  it('refuses a change by the role of requests that names no principal', async () => {
    const name =
      placementOf(tenant.context).kind === 'database' ? urlOfPlace(tenant) : urlOfRole(world.url, 'app', TEST_SECRETS);
    await asRole(name, async (client) => {
      await client.query(`BEGIN; ${enter(tenant)}; UPDATE contents SET title = 'Nobody did it'`);
      await expect(client.query('COMMIT')).rejects.toThrow(/needs a principal/);
    });
  });

  it('hides secrets, and tells that they changed', async () => {
    const key = { id: crypto.randomUUID(), tenantId: tenant.id, name: 'key', scopes: [], prefix: crypto.randomUUID() };
    await world.system.upsertApiKey({ ...key, hash: 'a'.repeat(64) });
    const { data } = await ask({ filter: { entity: 'api_keys' } });
    expect(data.auditLog.nodes[0]).toMatchObject({ severity: 'CRITICAL', after: { name: 'key', hash: '[redacted]' } });
  });

  it('AL-02 stands in one chain however many write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => writeHistory(tenant, 3)));
    const { bad, rows } = await audit.verify(tenant);
    expect(bad).toBeUndefined();
    expect(rows).toBeGreaterThanOrEqual(64);
  });
});

const urlOfPlace = ({ context }: PostgresTenant): string =>
  urlOfTenant(urlOfRole(world.url, 'app', TEST_SECRETS), placementOf(context) as DatabasePlace);

/** As a statement of the product's begins, without saying who. */
function enter({ id, context }: PostgresTenant): string {
  const place = placementOf(context);
  const role =
    place.kind === 'schema'
      ? `SET LOCAL role = ${place.name}; SET LOCAL search_path = ${place.name}, public`
      : 'SELECT 1';
  return `SET LOCAL app.tenant = '${id}'; ${role}`;
}

describe('months', () => {
  /** As if the tenant's whole history had been written then. */
  const inJanuary = async (tenant: PostgresTenant): Promise<void> => {
    const place = placementOf(tenant.context);
    await asRole(urlIn(world.url, place), async (client) => {
      await client.query(`SET search_path = ${schemaOf(place)}, public`);
      await client.query(`SELECT audit_append('${tenant.id}', ('2026-01-0' || n || 'T00:00Z')::timestamptz, 'system', 'test', 'old', 'EVENT',
        'nothing', n::text, 'INFO', NULL, NULL, '{}') FROM generate_series(1, 5) AS n`);
      await client.query("SELECT make_month_partition('audit_log', '2026-01-01')");
    });
  };

  it.each(TIERS)('of a %s tenant leave for files and come back without breaking the chain', async (tier) => {
    const tenant = await world.tenant(`archived-${tier.toLowerCase()}`, tier);
    // A tenant begins with rows of now, so that its January has to be a chain of its own.
    await audit.tamper(
      tenant,
      'DELETE FROM audit_log WHERE tenant_id = $tenant; DELETE FROM audit_heads WHERE tenant_id = $tenant',
    );
    await inJanuary(tenant);
    await writeHistory(tenant, 3);
    await audit.anchor();
    const archive = { ...access(), dir: join(audit.dir, 'archive'), month: '2026-01' };

    await archiveMonth(archive);
    expect(await audit.verify(tenant)).toMatchObject({ bad: undefined, archived: 5, rows: 4, unread: [] });
    expect(await archiveMonth(archive)).toEqual([]);

    await restoreMonth(archive);
    expect(await audit.verify(tenant)).toMatchObject({ bad: undefined, archived: 0, rows: 10 });
  });

  it('are made ahead once, and take in rows that came before them', async () => {
    const { a } = world;
    expect(await makePartitionsAhead(access(), 5)).toBeGreaterThan(0);
    expect(await makePartitionsAhead(access(), 5)).toBe(0);
    const rows = await world.superuser('SELECT FROM audit_log_default WHERE tenant_id = $1', [a.id]);
    expect(rows).toEqual([]);
  });

  it('of now stay', async () => {
    const month = new Date().toISOString().slice(0, 7);
    await expect(archiveMonth({ ...access(), dir: audit.dir, month })).rejects.toThrow(/is not over/);
  });
});
