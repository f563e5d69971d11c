import { afterAll, beforeAll, expect, it } from 'vitest';
import { adoptRows } from '#operations/import/adopt';
import type { ExistingTable } from '#stores/postgres/existing-table';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';

let world: PostgresWorld;
let from: ExistingTable;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  // As of an application that never heard of tenants: keys of its own, names that need quotes, holes, equal titles.
  await world.superuser('CREATE SCHEMA legacy');
  await world.superuser(
    `CREATE TABLE legacy."Post" ("postId" bigint PRIMARY KEY, headline text, html text, "On" timestamptz, customer text)`,
  );
  await world.superuser(
    `INSERT INTO legacy."Post" SELECT n * 3, CASE n % 10 WHEN 0 THEN NULL ELSE 'Title ' || n % 7 END, 'Body ' || n,
       CASE WHEN n % 2 = 0 THEN timestamptz '2024-01-01' END, (ARRAY['a', 'b', 'nobody'])[1 + n % 3]
     FROM generate_series(1, 600) AS n`,
  );
  const columns = { title: 'headline', body: 'html', publishedAt: 'On', owner: 'customer' };
  from = { url: world.url, table: 'legacy.Post', key: 'postId', columns };
}, 60_000);
afterAll(() => world.close());

const adopt = () =>
  adoptRows({
    ...{ from, stores: { postgres: world.postgres }, bodyLimit: 100_000 },
    tenantOf: (owner) => (owner === 'a' ? world.a.context : owner === 'b' ? world.b.context : undefined),
  });

it('gives each row of a table without tenants to one tenant, once, and leaves what is nobody’s', async () => {
  const { created, left } = await adopt();
  expect({ created, left }).toEqual({ created: 400, left: new Map([['nobody', 200]]) });
  expect(await world.a.handle.prisma.content.count()).toBe(200);
  const mine = await world.b.handle.prisma.content.findMany({ where: { status: 'PUBLISHED' } });
  expect(mine).toHaveLength(100);
  const bodies = await world.b.handle.sql<{ body: string }>`SELECT payload ->> 'body' AS body FROM outbox`;
  expect(bodies.every(({ body }) => /^Body \d+$/.test(body) && Number(body.slice(5)) % 3 === 1)).toBe(true);
});

it('takes only what changed when it is run again, by whatever name it goes meanwhile', async () => {
  await world.superuser(`UPDATE legacy."Post" SET headline = 'Renamed' WHERE "postId" = 9`);
  expect(await adopt()).toMatchObject({ created: 0, updated: 1, unchanged: 399 });
  expect(await world.a.handle.prisma.content.count({ where: { title: 'Renamed' } })).toBe(1);
});
