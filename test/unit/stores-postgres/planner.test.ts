import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createClient } from '#stores/postgres/client';

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A client whose statements are told instead of sent. */
function told(schema: string) {
  const statements: Statement[] = [];
  const pool: pg.Pool = new Proxy(new pg.Pool(), {
    get(target, key) {
      if (key === 'on' || key === 'removeListener') return () => pool;
      if (key !== 'query') return Reflect.get(target, key, target);
      return async ({ text, values }: Statement) => {
        statements.push({ text, values });
        return { fields: [], rows: [], rowCount: 0 };
      };
    },
  });
  return { client: createClient(new PrismaPg(pool, { schema })), statements };
}

const byTitle = (title: string) => ({ where: { title, status: 'PUBLISHED' as const }, select: { id: true } });

it('binds the values of each call and keeps none of another tenant', async () => {
  const [ada, bob] = [told('public'), told('public')];
  await ada.client.content.findMany(byTitle('of Ada'));
  await bob.client.content.findMany(byTitle('of Bob'));
  await bob.client.content.findMany(byTitle('again'));
  expect(bob.statements.map(({ text }) => text)).toEqual([ada.statements[0]?.text, ada.statements[0]?.text]);
  expect([...ada.statements, ...bob.statements].map(({ values }) => values[0])).toEqual(['of Ada', 'of Bob', 'again']);
});

it('names the schema of the client wherever a statement names one, and changes no value', async () => {
  const [shared, own] = [told('public'), told('t_0123')];
  for (const { client } of [shared, own]) await client.content.findMany(byTitle('"public"."contents"'));
  const [asked] = shared.statements;
  expect(asked?.text).toContain('"public"."content_status"');
  expect(own.statements).toEqual([{ text: asked?.text.replaceAll('"public"', '"t_0123"'), values: asked?.values }]);
});

it('merges reads of one tick for the client that made them', async () => {
  const [ada, bob] = [told('public'), told('public')];
  const find = ({ client }: ReturnType<typeof told>, ids: string[]) =>
    Promise.all(ids.map((id) => client.tenant.findUnique({ where: { id }, select: { id: true } })));
  await Promise.all([find(ada, [IDS[0], IDS[1]]), find(bob, [IDS[2], IDS[3]])]);
  expect([ada, bob].map(({ statements }) => statements.map(({ values }) => values.slice(0, 2)))).toEqual([
    [[IDS[0], IDS[1]]],
    [[IDS[2], IDS[3]]],
  ]);
});

const IDS = [1, 2, 3, 4].map((n) => `01980000-0000-7000-8000-00000000000${n}`) as [string, string, string, string];
