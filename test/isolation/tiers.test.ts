import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTally } from '#platform/tally';
import { openPostgres } from '#stores/postgres/index';
import { type OwnPlace, ownPlaceOf } from '#stores/postgres/placement';
import { urlOfRole, urlOfTenant } from '#stores/postgres/roles';
import { TIERS, type Tier } from '#tenancy/tiers';
import { asRole, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
/** Two tenants of each tier, each with one document of its own. */
const tenants = new Map<Tier, readonly [PostgresTenant, PostgresTenant]>();

beforeAll(async () => {
  // Reads wait for one of two connections, so their time is that of all before them.
  world = await openPostgresWorld({ poolSize: 2, timeoutMs: 20_000 });
  for (const tier of TIERS) {
    const pair = [await make(`${tier.toLowerCase()}-1`, tier), await make(`${tier.toLowerCase()}-2`, tier)] as const;
    tenants.set(tier, pair);
  }
});
afterAll(() => world.close());

async function make(slug: string, tier: Tier): Promise<PostgresTenant> {
  const tenant = await world.tenant(slug, tier);
  await write(tenant, slug);
  return tenant;
}

const write = ({ handle, id, userId }: PostgresTenant, slug: string) =>
  handle.transaction((tx) =>
    tx.content.create({ data: { tenantId: id, id: randomUUID(), slug, title: slug, authorId: userId } }),
  );
const of = (tier: Tier) => tenants.get(tier) as readonly [PostgresTenant, PostgresTenant];
const placeOf = (tenant: PostgresTenant) => ownPlaceOf(tenant.context) as OwnPlace & { kind: 'database' };
const everyone = () => [...tenants.values()].flat();

describe('a tenant of each tier', () => {
  it('TI-01 has its statements run in its own place, whether Prisma writes them or we do', async () => {
    for (const tenant of everyone()) {
      const place = ownPlaceOf(tenant.context);
      const [row] = await tenant.handle.sql<Record<string, string>>`
        SELECT current_user AS role, current_schema AS schema, current_database() AS database`;
      expect(row).toEqual({
        role: place?.name ?? 'polygraph_app',
        schema: place?.kind === 'schema' ? place.name : 'public',
        database: place?.kind === 'database' ? place.name : new URL(world.url).pathname.slice(1),
      });
      const slugs = [{ slug: tenant.slug }];
      expect(await tenant.handle.sql`SELECT slug FROM contents`).toEqual(slugs);
      expect(await tenant.handle.prisma.content.findMany({ select: { slug: true } })).toEqual(slugs);
      const inside = tenant.handle.transaction((tx) => tx.$queryRaw`SELECT slug FROM contents`);
      expect(await inside).toEqual(slugs);
    }
  });

  it('leaves no row in the shared tables but what the platform keeps of every tenant', async () => {
    const rows = await world.superuser('SELECT slug FROM contents ORDER BY slug');
    expect(rows).toEqual(['free-1', 'free-2', 'standard-1', 'standard-2'].map((slug) => ({ slug })));
  });

  it('keeps 300 interleaved reads of all tiers apart over a pool of two', async () => {
    const reads = Array.from({ length: 300 }, async (_, index) => {
      const tenant = everyone()[index % everyone().length] as PostgresTenant;
      const { prisma, sql, transaction } = tenant.handle;
      if (index % 5 === 0) return transaction(() => Promise.reject(new Error('no'))).catch(() => undefined);
      if (index % 7 === 0) return sql`SELECT 1 / ${0}::int`.catch(() => undefined);
      const [content, people] = await Promise.all([prisma.content.findMany(), prisma.membership.findMany()]);
      expect(content.map(({ tenantId }) => tenantId)).toEqual([tenant.id]);
      expect(people.map(({ userId }) => userId)).toEqual([tenant.userId]);
    });
    await Promise.all(reads);
  });

  it('is read with one statement in one round trip', async () => {
    for (const tenant of everyone()) {
      const { counts } = await withTally(() => tenant.handle.prisma.content.findMany());
      expect(counts.postgres).toBe(1);
    }
  });

  it('sees no row of another tenant that came into its own place by mistake', async () => {
    const [own, other] = of('PREMIUM');
    const { name } = placeOf(own);
    await world.superuser(`INSERT INTO ${name}.tenants (id, slug, name) VALUES ($1, 'stray', 'Stray')`, [other.id]);
    await world.superuser(
      `INSERT INTO ${name}.contents (tenant_id, id, slug, title) VALUES ($1, gen_random_uuid(), 'stray', 'Stray')`,
      [other.id],
    );
    expect(await own.handle.sql`SELECT slug FROM contents`).toEqual([{ slug: own.slug }]);
    expect(await own.handle.prisma.tenant.count()).toBe(1);
  });
});

describe('PREMIUM', () => {
  it.each(['contents', 'tenants', 'memberships', 'content_search', 'audit_log', 'outbox', 'outbox_deliveries'])(
    'TI-02 may not read %s of another schema or of the shared tables',
    async (table) => {
      const [own, other] = of('PREMIUM');
      for (const schema of [placeOf(other).name, 'public']) {
        const reading = own.handle.transaction((tx) =>
          tx.$queryRaw(Object.assign([`SELECT * FROM ${schema}.${table}`], { raw: [] })),
        );
        await expect(reading, schema).rejects.toThrow(/permission denied/);
      }
    },
  );

  it('leaves the application’s role no right of its own in the schema, and no connection with the tenant’s role', async () => {
    const [tenant] = of('PREMIUM');
    const { name } = placeOf(tenant);
    await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
      await expect(client.query(`SELECT * FROM ${name}.contents`)).rejects.toThrow(/permission denied/);
    });
    const small = openPostgres({
      url: world.url,
      secrets: TEST_SECRETS,
      log: world.log,
      poolSize: 1,
      timeoutMs: 10_000,
    });
    try {
      const { context } = tenant;
      await small.forTenant(context).prisma.content.count();
      await small.forTenant(context).transaction((tx) => tx.content.count());
      const [shared] = of('STANDARD');
      const [row] = await small.forTenant(shared.context).sql<Record<string, string>>`
        SELECT current_user AS role, current_setting('search_path') AS path`;
      expect(row).toEqual({ role: 'polygraph_app', path: '"$user", public' });
    } finally {
      await small.close();
    }
  });
});

describe('ENTERPRISE', () => {
  it('TI-04 is refused by every other database, and lets in no role that answers other tenants’ requests', async () => {
    const [own, other] = of('ENTERPRISE').map(placeOf) as [OwnPlace & { kind: 'database' }, OwnPlace];
    const connect = (url: string) => asRole(url, (client) => client.query('SELECT 1'));
    const ownUrl = urlOfTenant(urlOfRole(world.url, 'app', TEST_SECRETS), own);
    const inOther = (url: string) => Object.assign(new URL(url), { pathname: `/${other.name}` }).href;
    await expect(connect(ownUrl)).resolves.toBeDefined();
    const shared = Object.assign(new URL(ownUrl), { pathname: new URL(world.url).pathname }).href;
    for (const url of [shared, inOther(ownUrl)]) await expect(connect(url)).rejects.toMatchObject({ code: '42501' });
    for (const role of ['app', 'identity'] as const) {
      await expect(connect(inOther(urlOfRole(world.url, role, TEST_SECRETS)))).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('has a small pool, which closes when it is idle and is let go of where others are used more', async () => {
    const log = world.log;
    const dedicated = { maxPools: 1, idleMs: 50 };
    const postgres = openPostgres({ url: world.url, secrets: TEST_SECRETS, log, dedicated, timeoutMs: 10_000 });
    try {
      const [first, second] = of('ENTERPRISE').map(({ context }) => postgres.forTenant(context));
      await Promise.all(Array.from({ length: 8 }, () => first?.prisma.content.count()));
      expect(postgres.connections()).toEqual({ shared: 0, dedicated: 3 });
      await second?.prisma.content.count();
      await first?.prisma.content.count();
      await expect.poll(() => postgres.connections().dedicated).toBe(0);
      expect(await first?.prisma.content.count()).toBe(1);
    } finally {
      await postgres.close();
    }
  });
});

describe('provisioning', () => {
  it.each(['PREMIUM', 'ENTERPRISE'] as const)(
    'can be repeated in %s, and changes arrive in the place',
    async (tier) => {
      const [{ id, slug, userId, handle }] = of(tier);
      await world.system.upsertTenant({ id, slug, name: 'Renamed', tier });
      await world.system.upsertUser({ id: userId, email: `new@${slug}.example`, name: 'New name' });
      await world.system.upsertMembership({ tenantId: id, userId, role: 'ADMIN', displayName: 'New name' });
      await world.system.setTenantStatus(id, 'SUSPENDED');
      expect(await handle.prisma.tenant.findMany({ select: { name: true, status: true } })).toEqual([
        { name: 'Renamed', status: 'SUSPENDED' },
      ]);
      const select = { role: true, displayName: true, user: { select: { email: true } } };
      expect(await handle.prisma.membership.findMany({ select })).toEqual([
        { role: 'ADMIN', displayName: 'New name', user: { email: `new@${slug}.example` } },
      ]);
      expect(await handle.prisma.content.count()).toBe(1);
    },
  );

  it('refuses a tier that would leave the tenant’s rows behind', async () => {
    const [{ id, slug }] = of('PREMIUM');
    for (const tier of ['STANDARD', 'ENTERPRISE'] as const) {
      await expect(world.system.upsertTenant({ id, slug, name: slug, tier })).rejects.toThrow(/cannot become/);
    }
    expect(await world.directory.tenant(id)).toMatchObject({ tier: 'PREMIUM' });
  });
});

describe('the name of a place', () => {
  it.each(['public', 'pg-catalog', 'postgres', 'x'.repeat(63)])('TI-03 has nothing of the slug %s', async (slug) => {
    const tenant = await world.tenant(slug, 'PREMIUM');
    expect(placeOf(tenant).name).toBe(`t_${tenant.id.replaceAll('-', '')}`);
    const found = await world.superuser('SELECT nspname FROM pg_namespace WHERE nspname = $1', [placeOf(tenant).name]);
    expect(found).toHaveLength(1);
  });

  it.each(['"; DROP SCHEMA public; --', 'a.b', 'Public', 'pg_temp', 'x'.repeat(64), 'аcme'])(
    'TI-03 is never made from the slug %s, which is refused',
    async (slug) => {
      await expect(world.tenant(slug, 'PREMIUM')).rejects.toThrow(/tenants_slug_check/);
      const foreign = await world.superuser(
        `SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|t_[0-9a-f]{32}$)' ORDER BY nspname`,
      );
      expect(foreign).toEqual(['admin', 'information_schema', 'public'].map((nspname) => ({ nspname })));
    },
  );

  it('TI-03 is made from a UUID and from nothing else', () => {
    for (const tenantId of ['public', `${randomUUID()}; --`, randomUUID().toUpperCase(), '']) {
      expect(() => ownPlaceOf({ tenantId, tier: 'PREMIUM' })).toThrow(/lower-case UUID/);
    }
    expect(() => ownPlaceOf({ tenantId: randomUUID(), tier: 'GOLD' as Tier })).toThrow(/no place for the tier/);
  });
});
