import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/log';
import { SILENT } from '#stores/postgres/audit/chain';
import { SHARED_ONLY_TABLES } from '#stores/postgres/copies';
import { migratePostgres } from '#stores/postgres/migrate';
import { placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import { asRole, createTestDatabase, openPostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

/**
 * What a migration could forget, asked of the catalogue itself (PG-18, PG-19). Each check is a query for offenders
 * in the schema `public`, or in another that is put in its stead.
 */
const CHECKS = {
  'a table without row-level security, enabled and forced': `
    SELECT relname AS offender FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> '_prisma_migrations'`,
  'a table with a tenant_id and no policy that compares it with app.tenant': `
    SELECT c.relname AS offender FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT EXISTS (
      SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polroles = '{0}'
      AND pg_get_expr(p.polqual, p.polrelid) LIKE '(tenant_id = ( SELECT (NULLIF(current_setting(''app.tenant''%'
      AND pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid))`,
  'a policy that lets everyone see everything': `
    SELECT polrelid::regclass::text || '.' || polname AS offender FROM pg_policy
    JOIN pg_class c ON c.oid = polrelid AND c.relnamespace = 'public'::regnamespace
    WHERE pg_get_expr(polqual, polrelid) = 'true'
    AND (polroles = '{0}' OR 'polygraph_app'::regrole = ANY (polroles))`,
  'a primary key or unique index of tenants’ rows that does not begin with tenant_id': `
    SELECT i.indexrelid::regclass::text AS offender FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND i.indkey[0] <> a.attnum
    AND i.indexrelid::regclass::text NOT LIKE '%api_keys_prefix_key'`,
  'a foreign key between tenants’ rows that does not begin with tenant_id': `
    SELECT k.conname AS offender FROM pg_constraint k
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'tenant_id'
    JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attname = 'tenant_id'
    WHERE k.connamespace = 'public'::regnamespace AND k.contype = 'f' AND (k.conkey[1] <> a.attnum OR k.confkey[1] <> f.attnum)`,
  'a function that runs with its owner’s rights': `
    SELECT oid::regprocedure::text AS offender FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace`,
  'a view with its owner’s rights, a materialised view or a foreign table': `
    SELECT relname AS offender FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind IN ('m', 'f')
    OR (relkind = 'v' AND NOT coalesce(reloptions @> '{security_invoker=true}', false)))`,
  'a role of ours that may bypass policies, create, or inherit': `
    SELECT rolname AS offender FROM pg_roles WHERE (rolname LIKE 'polygraph%' OR rolname ~ '^t_[0-9a-f]{32}$')
    AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit)`,
  'a table of tenants’ rows whose changes are not audited': SILENT.replace('$1', `'public'`),
  'a table that a role of ours owns': `
    SELECT tablename AS offender FROM pg_tables WHERE tableowner LIKE 'polygraph%' OR tableowner ~ '^t_[0-9a-f]{32}$'`,
  'a right that no policy holds, or a right of everyone': `
    SELECT c.relname || ' ' || a.privilege_type AS offender FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (a.grantee = 0
    OR (a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') AND (r.rolname LIKE 'polygraph%' OR r.rolname ~ '^t_[0-9a-f]{32}$')))`,
  'a policy that fails, instead of hiding all, where no tenant is set': `
    SELECT polrelid::regclass::text || '.' || polname AS offender FROM pg_policy
    JOIN pg_class c ON c.oid = polrelid AND c.relnamespace = 'public'::regnamespace
    WHERE concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) ~ 'current_setting'
    AND concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) !~* 'nullif\\(current_setting\\([^)]*, true\\), ''''::text\\)'`,
} as const;

const RIGHTS = Object.keys(CHECKS).indexOf('a right that no policy holds, or a right of everyone');

describe('PG-18 the catalogue', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase('catalogue');
  });
  afterAll(() => database.drop());

  it.each(Object.entries(CHECKS))('holds no %s', async (_, query) => {
    await asRole(database.url, async (client) => {
      expect((await client.query(query)).rows).toEqual([]);
    });
  });

  it.each([
    ['CREATE TABLE t (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))', 0],
    ['ALTER TABLE contents NO FORCE ROW LEVEL SECURITY', 0],
    ['CREATE TABLE t (tenant_id uuid, id uuid); ALTER TABLE t ENABLE ROW LEVEL SECURITY', 1],
    ['CREATE POLICY open ON contents USING (true)', 2],
    ['CREATE UNIQUE INDEX global_slug ON contents (slug)', 3],
    ['ALTER TABLE content_search ADD UNIQUE (content_id, tenant_id)', 3],
    ['CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$', 5],
    ['CREATE VIEW v AS SELECT * FROM contents', 6],
    ['CREATE MATERIALIZED VIEW v AS SELECT * FROM contents', 6],
    ['ALTER ROLE polygraph_app BYPASSRLS', 7],
    ['CREATE TABLE t (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))', 8],
    ['ALTER TABLE contents DISABLE TRIGGER audit_change', 8],
    ['GRANT TRUNCATE ON contents TO polygraph_app', RIGHTS],
    ['GRANT SELECT ON contents TO PUBLIC', RIGHTS],
    [`CREATE POLICY p ON contents AS RESTRICTIVE USING (tenant_id = current_setting('app.tenant')::uuid)`, RIGHTS + 1],
    ['CREATE TABLE t (tenant_id uuid) PARTITION BY LIST (tenant_id); CREATE TABLE t1 PARTITION OF t DEFAULT', 0],
  ])('PG-19 would notice: %s', async (mistake, check) => {
    await asRole(database.url, async (client) => {
      await client.query('BEGIN');
      await client.query(mistake);
      expect((await client.query(Object.values(CHECKS)[check] ?? '')).rows).not.toEqual([]);
      await client.query('ROLLBACK');
    });
  });

  it.each(['PREMIUM', 'ENTERPRISE'] as const)(
    'holds none of these in the place of a %s tenant either',
    async (tier) => {
      const world = await openPostgresWorld();
      try {
        const { context } = await world.tenant('apart', tier);
        const place = placementOf(context);
        await asRole(urlIn(world.url, place), async (client) => {
          const tables = `SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename`;
          const shared = await world.superuser<{ tablename: string }>(tables, ['public']);
          // A move would take any other table along, so one that stays must be named.
          const staying = place.kind === 'schema' ? SHARED_ONLY_TABLES : [];
          const expected = shared.filter(({ tablename }) => !staying.includes(tablename));
          expect((await client.query(tables, [schemaOf(place)])).rows).toEqual(expected);
          for (const [what, check] of Object.entries(CHECKS)) {
            expect((await client.query(check.replaceAll(`'public'`, `'${schemaOf(place)}'`))).rows, what).toEqual([]);
          }
        });
      } finally {
        await world.close();
      }
    },
  );

  it('is migrated once, however many start at the same time', async () => {
    const options = { url: database.url, secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }) };
    expect(await Promise.all([1, 2, 3].map(() => migratePostgres(options)))).toEqual([[], [], []]);
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    await asRole(database.url, (client) => client.query(`UPDATE _prisma_migrations SET checksum = 'x'`));
    const again = migratePostgres({ url: database.url, secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }) });
    await expect(again).rejects.toThrow(/0001_foundation was changed after it had been applied/);
  });
});
