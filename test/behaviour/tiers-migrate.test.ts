import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runMigrations } from '#operations/migrate/index';
import { ownPlaceOf, placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import type { Tier } from '#tenancy/tiers';
import { asRole, contextOf, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

describe('migrating every place', () => {
  let world: PostgresWorld;
  let tenants: readonly PostgresTenant[];
  let dir: string;
  beforeAll(async () => {
    world = await openPostgresWorld();
    const tiers: readonly Tier[] = ['PREMIUM', 'ENTERPRISE', 'PREMIUM'];
    tenants = await Promise.all(tiers.map((tier, at) => world.tenant(`tenant-${at}`, tier)));
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'polygraph-migrations-'));
    await cp(new URL('../../prisma/migrations', import.meta.url), dir, { recursive: true });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const run = (dryRun: boolean) => runMigrations({ ...options(), dryRun });
  const options = () => ({ url: world.url, secrets: TEST_SECRETS, log: world.log, folder: folder() });
  const folder = () => pathToFileURL(`${dir}/`);
  const add = async (name: string, script: string) => {
    await mkdir(join(dir, name));
    await writeFile(join(dir, name, 'migration.sql'), script);
  };
  /** In the shared tables, then in each tenant's place. */
  const have = async (table: string) => {
    const places = [undefined, ...tenants.map(({ context }) => placementOf(context))];
    return Promise.all(
      places.map((place) =>
        asRole(place ? urlIn(world.url, place) : world.url, async (client) => {
          const text = 'SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = $2';
          return (await client.query(text, [place ? schemaOf(place) : 'public', table])).rows.length === 1;
        }),
      ),
    );
  };

  it('says in a dry run what is missing where, and changes nothing', async () => {
    await add('9001_plan', table('planned'));
    const { reports, behind } = await run(true);
    expect(reports.map(({ tenant, kind, migrations }) => [tenant?.slug, kind, migrations])).toEqual([
      [undefined, 'shared', ['9001_plan']],
      ['tenant-0', 'schema', ['9001_plan']],
      ['tenant-1', 'database', ['9001_plan']],
      ['tenant-2', 'schema', ['9001_plan']],
    ]);
    expect(behind).toBe(4);
    expect(await have('planned')).toEqual([false, false, false, false]);
  });

  it('applies it everywhere, gives it to the role that serves there, and does nothing the next time', async () => {
    await add('9002_apply', table('applied'));
    expect((await run(false)).reports.map(({ migrations }) => migrations)).toEqual(Array(4).fill(['9002_apply']));
    expect(await have('applied')).toEqual([true, true, true, true]);
    for (const { handle } of tenants) expect(await handle.sql`SELECT * FROM applied`).toEqual([]);
    expect((await run(false)).reports.flatMap(({ migrations }) => migrations)).toEqual([]);
  });

  it('names the tenant whose place refuses one, goes on with the others, and completes it when it is run again', async () => {
    await add('9003_refused', table('refused'));
    const [broken] = tenants;
    const schema = ownPlaceOf(broken?.context ?? never())?.name;
    await world.superuser(`CREATE TABLE ${schema}.refused (id int)`);
    const { reports, behind } = await run(false);
    expect(behind).toBe(1);
    expect(reports[1]?.error?.message).toMatch(/^The schema of the tenant tenant-0: Migration 9003_refused failed/);
    expect(await have('refused')).toEqual([true, true, true, true]);
    await world.superuser(`DROP TABLE ${schema}.refused`);
    expect((await run(false)).reports.map(({ migrations }) => migrations.length)).toEqual([0, 1, 0, 0]);
  });

  it('completes, when it is run again, what a killed run left undone', { timeout: 60_000 }, async () => {
    await add('9004_killed', `${table('killed')} SELECT pg_sleep(0.5);`);
    const environment = { ...process.env, DATABASE_URL: world.url, MIGRATIONS: folder().href };
    const victim = spawn(process.execPath, ['--import', 'tsx', 'test/kit/migrate-victim.ts'], { env: environment });
    // It says so when the shared tables and the first place are done.
    await once(victim.stdout, 'data');
    victim.kill('SIGKILL');
    await once(victim, 'close');
    const left = (await run(true)).behind;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(4);
    expect((await run(false)).behind).toBe(0);
    expect(await have('killed')).toEqual([true, true, true, true]);
  });

  it('makes the place of a tenant that is older than places, with its people, and leaves what it wrote before', async () => {
    const [id, userId] = [randomUUID(), tenants[0]?.userId ?? ''];
    await world.superuser(`INSERT INTO tenants (id, slug, name, tier) VALUES ($1, 'older', 'Older', 'ENTERPRISE')`, [
      id,
    ]);
    await world.superuser(`INSERT INTO memberships VALUES ($1, $2, 'OWNER', 'Owner')`, [id, userId]);
    await world.superuser(
      `INSERT INTO contents (tenant_id, id, slug, title) VALUES ($1, gen_random_uuid(), 'x', 'X')`,
      [id],
    );
    expect((await run(false)).behind).toBe(0);
    const { prisma } = world.postgres.forTenant(contextOf(id, userId, 'OWNER', 'ENTERPRISE'));
    expect(await prisma.membership.findMany({ select: { displayName: true } })).toEqual([{ displayName: 'Owner' }]);
    expect(await prisma.content.count()).toBe(0);
    expect(await world.superuser('SELECT slug FROM contents WHERE tenant_id = $1', [id])).toEqual([{ slug: 'x' }]);
  });
});

const table = (name: string): string => `
  CREATE TABLE ${name} (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id));
  GRANT SELECT ON ${name} TO polygraph_app;`;

function never(): never {
  throw new Error('There is no tenant.');
}
