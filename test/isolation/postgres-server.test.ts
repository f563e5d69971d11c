import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownPlaceOf } from '#stores/postgres/placement';
import { urlOfRole } from '#stores/postgres/roles';
import { asRole, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

/** Attacks with the password of the role that serves requests: SQL of one's own, and what the server tells of itself. */
let world: PostgresWorld;
let premium: PostgresTenant;
beforeAll(async () => {
  world = await openPostgresWorld();
  premium = await world.tenant('premium', 'PREMIUM');
  await world.a.document({ title: 'own-canary' });
  await world.b.document({ title: 'foreign-canary' });
});
afterAll(() => world.close());

const asApp = <T>(work: (client: pg.Client) => Promise<T>) => asRole(urlOfRole(world.url, 'app', TEST_SECRETS), work);

const inside = async <T>(client: pg.Client, { id }: PostgresTenant, work: () => Promise<T>): Promise<T> => {
  await client.query('BEGIN');
  await client.query(`SELECT set_config('app.tenant', $1, true)`, [id]);
  const result = await work();
  await client.query('ROLLBACK');
  return result;
};

it('PG-13 a predicate that tells what it sees is run on own rows only, however cheap it claims to be', async () => {
  await world.superuser(`CREATE FUNCTION tell(seen text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE '%', seen; RETURN true; END $$`);
  await world.superuser('GRANT EXECUTE ON FUNCTION tell(text) TO polygraph_app');
  const told: string[] = [];
  await asApp(async (client) => {
    client.on('notice', ({ message = '' }) => told.push(message));
    await inside(client, world.a, () => client.query('SELECT count(*) FROM contents WHERE tell(title) AND tell(slug)'));
    await inside(client, world.a, () => client.query('SELECT count(*) FROM contents WHERE tell(title) OR true'));
  });
  expect(told).toContain('own-canary');
  expect(told).not.toContain('foreign-canary');
});

it('PG-17 a prepared statement follows the tenant of each execution, under each role', async () => {
  const place = ownPlaceOf(premium.context)?.name ?? '';
  await asApp(async (client) => {
    const titles = async () =>
      (await client.query<{ title: string }>({ name: 'titles', text: 'SELECT title FROM public.contents' })).rows.map(
        ({ title }) => title,
      );
    expect(await inside(client, world.a, titles)).toEqual(['own-canary']);
    expect(await inside(client, world.b, titles)).toEqual(['foreign-canary']);
    expect(await titles()).toEqual([]);
    await client.query('BEGIN');
    await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(place)}`);
    await expect(titles()).rejects.toThrow(/permission denied/);
    await client.query('ROLLBACK');
    expect(await inside(client, world.a, titles)).toEqual(['own-canary']);
  });
});

it('PG-21 the server’s own views show no value of another tenant, at rest or while it is asked for', async () => {
  await world.superuser('ANALYZE contents');
  await asApp(async (client) => {
    const statistics = await inside(client, world.a, () =>
      client.query(`SELECT * FROM pg_stats WHERE tablename IN ('contents', 'memberships', 'users', 'content_search')`),
    );
    expect(statistics.rows).toEqual([]);
    const searching = world.b.handle.prisma.content.findMany({ where: { title: { contains: 'foreign-canary' } } });
    const [activity] = await Promise.all([client.query('SELECT * FROM pg_stat_activity'), searching]);
    expect(JSON.stringify(activity.rows)).not.toContain('foreign-canary');
  });
});

it('PG-26 who listens hears that something happened, and not to whom; who holds a lock blocks nobody', async () => {
  await asApp(async (client) => {
    const heard: pg.Notification[] = [];
    client.on('notification', (message) => heard.push(message));
    const channels = await world.superuser<{ channel: string }>(`SELECT 'polygraph_outbox' AS channel`);
    for (const { channel } of channels) await client.query(`LISTEN ${channel}`);
    await client.query('SELECT pg_advisory_lock(n) FROM generate_series(1, 100) n');
    await world.b.handle.transaction(async (tx) => {
      await tx.$queryRaw`SELECT pg_notify('polygraph_outbox', '')::text`;
      return await tx.content.count();
    });
    await expect.poll(() => client.query('SELECT 1').then(() => heard.length)).toBe(1);
    expect(heard[0]?.payload).toBe('');
  });
});
