import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPolygraphError } from '#platform/errors';
import { isForeignKeyViolation } from '#stores/postgres/errors';
import { urlOfRole } from '#stores/postgres/roles';
import type { TenantContext } from '#tenancy/context';
import { asRole, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

describe('reading', () => {
  it('PG-01 answers for another tenant’s id exactly as for one that never existed', async () => {
    const { a, b } = world;
    const foreign = await b.document();
    for (const id of [foreign, randomUUID()]) {
      const key = { tenantId_id: { tenantId: b.id, id } };
      expect(await a.handle.prisma.content.findUnique({ where: key })).toBeNull();
      expect(await a.handle.prisma.content.findFirst({ where: { id } })).toBeNull();
      expect(await a.handle.prisma.content.findMany({ where: { id: { in: [id] } } })).toEqual([]);
      expect(await a.handle.sql`SELECT * FROM contents WHERE id = ${id}::uuid`).toEqual([]);
    }
  });

  it('PG-02 keeps 1,000 interleaved findUnique of two tenants apart, across models', async () => {
    const { a, b } = world;
    const [ofA, ofB] = [await a.document(), await b.document()];
    const ask = ({ handle }: typeof a, tenantId: string, id: string) =>
      handle.prisma.content.findUnique({ where: { tenantId_id: { tenantId, id } }, select: { tenantId: true } });
    for (let round = 0; round < 125; round += 1) {
      const [own, foreign, member, other, ...rest] = await Promise.all([
        ask(a, a.id, ofA),
        ask(b, a.id, ofA),
        b.handle.prisma.tenant.findUnique({ where: { id: b.id }, select: { id: true } }),
        b.handle.prisma.tenant.findUnique({ where: { id: a.id }, select: { id: true } }),
        ...[ask(a, b.id, ofB), ask(b, b.id, ofB), ask(b, a.id, ofA), ask(a, a.id, ofA)],
      ]);
      expect([own, foreign, member, other]).toEqual([{ tenantId: a.id }, null, { id: b.id }, null]);
      expect(rest).toEqual([null, { tenantId: b.id }, null, { tenantId: a.id }]);
    }
  });

  it('PG-09 counts, groups and aggregates the tenant’s own rows only', async () => {
    const { a, b } = world;
    await Promise.all([a.document(), b.document(), b.document()]);
    const truth = async (tenantId: string) =>
      (await world.superuser<{ n: number }>('SELECT count(*)::int n FROM contents WHERE tenant_id = $1', [tenantId]))[0]
        ?.n;
    const { content } = a.handle.prisma;
    expect(await content.count()).toBe(await truth(a.id));
    expect((await content.aggregate({ _count: true }))._count).toBe(await truth(a.id));
    expect((await content.groupBy({ by: ['tenantId'] })).map((group) => group.tenantId)).toEqual([a.id]);
    expect(await b.handle.prisma.content.count()).toBe(await truth(b.id));
  });

  it('shows of people those with a membership of the tenant, and no key’s hash', async () => {
    const { a, b } = world;
    expect((await a.handle.prisma.user.findMany()).map(({ id }) => id)).toEqual([a.userId]);
    expect((await b.handle.prisma.membership.findMany()).map(({ userId }) => userId)).toEqual([b.userId]);
    await expect(a.handle.sql`SELECT hash FROM api_keys`).rejects.toThrow(/permission denied/);
  });
});

describe('writing', () => {
  it('PG-03 touches no row of another tenant, and none is deleted at all', async () => {
    const { a, b } = world;
    const foreign = await b.document({ title: 'Untouched' });
    const change = a.handle.transaction((tx) => tx.content.updateMany({ where: {}, data: { title: 'Taken' } }));
    expect((await change).count).toBe(await a.handle.prisma.content.count());
    const key = { tenantId_id: { tenantId: b.id, id: foreign } };
    await expect(
      a.handle.transaction((tx) => tx.content.update({ where: key, data: { title: 'Taken' } })),
    ).rejects.toThrow();
    await expect(a.handle.transaction((tx) => tx.content.deleteMany())).rejects.toThrow(/permission denied/);
    const [row] = await world.superuser<{ title: string }>('SELECT title FROM contents WHERE id = $1', [foreign]);
    expect(row?.title).toBe('Untouched');
  });

  it('PG-04 PG-05 refuses a row for another tenant, new or moved', async () => {
    const { a, b } = world;
    const id = await a.document();
    const insert = a.handle.transaction((tx) =>
      tx.content.create({ data: { tenantId: b.id, id: randomUUID(), slug: 'planted', title: 'Planted' } }),
    );
    await expect(insert).rejects.toThrow(/row-level security/);
    const move = a.handle.transaction(
      (tx) => tx.$queryRaw`UPDATE contents SET tenant_id = ${b.id}::uuid WHERE id = ${id}::uuid`,
    );
    await expect(move).rejects.toThrow(/permission denied/);
  });

  it('PG-07 refuses another tenant’s member as author just as one that never existed', async () => {
    const { a, b } = world;
    const write = (authorId: string) =>
      a.handle
        .transaction((tx) =>
          tx.content.create({ data: { tenantId: a.id, id: randomUUID(), slug: randomUUID(), title: 'T', authorId } }),
        )
        .then(
          () => 'written',
          (error: unknown) => `${isForeignKeyViolation(error)} ${(error as Error).message}`,
        );
    const foreign = await write(b.userId);
    expect(foreign).toMatch(/^true/);
    expect(foreign).toBe(await write(randomUUID()));
  });

  it('PG-08 lets two tenants use the same slug', async () => {
    const { a, b } = world;
    await b.document({ slug: 'same' });
    await expect(a.document({ slug: 'same' })).resolves.toBeTypeOf('string');
  });

  it('PG-25 rolls back everything of a transaction that throws', async () => {
    const { a } = world;
    const id = randomUUID();
    const failing = a.handle.transaction(async (tx) => {
      await tx.content.create({ data: { tenantId: a.id, id, slug: id, title: 'Never' } });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await world.superuser('SELECT FROM contents WHERE id = $1', [id])).toEqual([]);
  });
});

describe('the connection', () => {
  it('PG-12 gives the application’s role no way to become more than it is', async () => {
    await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
      const attempts = [
        'SET ROLE postgres',
        'SET ROLE polygraph_provision',
        'SET SESSION AUTHORIZATION postgres',
        'SET row_security = off; SELECT * FROM contents',
        'ALTER TABLE contents DISABLE ROW LEVEL SECURITY',
        'DROP POLICY of_tenant ON contents',
        'CREATE TABLE mine (id int)',
        'CREATE TEMP TABLE mine (id int)',
        'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
        'TRUNCATE contents',
        'DELETE FROM contents',
        'UPDATE audit_log SET action = action',
        'DELETE FROM audit_log',
        'SELECT * FROM _prisma_migrations',
        "COPY contents TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
      ];
      for (const attempt of attempts) {
        await expect(client.query(attempt), attempt).rejects.toThrow();
        await client.query('RESET ALL');
      }
    });
  });

  it('PG-14 without a tenant sees nothing, and hands nothing to a context that was not verified', async () => {
    await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
      for (const table of ['tenants', 'users', 'memberships', 'contents', 'content_search', 'audit_log', 'outbox']) {
        expect((await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows, table).toEqual([{ n: 0 }]);
      }
    });
    const forged = { ...world.a.context } as TenantContext;
    expect(() => world.postgres.forTenant(forged)).toThrow(/not made by the verifier/);
  });

  it('lets identity read who may enter, and nothing a tenant keeps', async () => {
    await asRole(urlOfRole(world.url, 'identity', TEST_SECRETS), async (client) => {
      for (const statement of ['SELECT * FROM contents', 'SELECT email FROM users', 'SELECT name FROM tenants']) {
        await expect(client.query(statement), statement).rejects.toThrow(/permission denied/);
      }
    });
    expect(await world.directory.membership(world.a.id, world.b.userId)).toBeUndefined();
    expect(await world.directory.membership(world.a.id, world.a.userId)).toMatchObject({ role: 'OWNER' });
  });

  it('PG-16 gives up a statement that takes too long, and the next borrower finds no tenant', async () => {
    const small = await openPostgresWorld({ timeoutMs: 300, poolSize: 1 });
    try {
      const slow = await small.a.handle.sql`SELECT pg_sleep(5)::text`.catch((error: unknown) => error);
      expect(findPolygraphError(slow)?.code).toBe('STORE_UNAVAILABLE');
      expect(await small.b.handle.prisma.tenant.findMany({ select: { id: true } })).toEqual([{ id: small.b.id }]);
      const open = `SELECT FROM pg_stat_activity WHERE application_name = 'polygraph' AND state <> 'idle'
        AND datname = current_database()`;
      expect(await small.superuser(open)).toEqual([]);
    } finally {
      await small.close();
    }
  });

  it('PG-15 leaves no tenant on a pooled connection, after success, error or rollback', async () => {
    const { a, b, postgres } = world;
    const noise = Array.from({ length: 60 }, (_, index) => {
      const { handle, id } = index % 2 === 0 ? a : b;
      if (index % 3 === 0) return handle.sql`SELECT 1 / ${0}::int`.catch(() => 'failed');
      if (index % 3 === 1) return handle.transaction(() => Promise.reject(new Error('no'))).catch(() => 'failed');
      return handle.prisma.tenant.findMany().then((rows) => expect(rows.map((row) => row.id)).toEqual([id]));
    });
    await Promise.all(noise);
    await postgres.ping();
    const [left] = await a.handle.sql<{ tenant: string }>`SELECT current_setting('app.tenant') AS tenant`;
    expect(left?.tenant).toBe(a.id);
  });

  it('offers no way to send text as SQL', () => {
    const { handle } = world.a;
    for (const name of ['$queryRawUnsafe', '$executeRawUnsafe', '$queryRaw', '$transaction', '$extends']) {
      expect(Reflect.get(handle.prisma, name), name).toBeUndefined();
    }
    const text = 'SELECT 1' as unknown as TemplateStringsArray;
    expect(() => handle.sql(text)).toThrow(/template tag/);
  });

  it('PG-11 sends what looks like SQL as a value', async () => {
    const { a, b } = world;
    const foreign = await b.document({ title: 'Hidden' });
    for (const attack of [`' OR 1=1 --`, `'; SELECT set_config('app.tenant','${b.id}',true); --`, '" OR ""="']) {
      expect(await a.handle.sql`SELECT id FROM contents WHERE title = ${attack}`).toEqual([]);
      expect(await a.handle.prisma.content.findMany({ where: { title: attack } })).toEqual([]);
    }
    expect(await a.handle.prisma.content.findFirst({ where: { id: foreign } })).toBeNull();
  });
});
