import { describe, expect, test } from 'vitest';
import type { Answer } from '#test/kit/client';
import { EXAMPLES, savedOperations, WAITS } from '#test/kit/examples';
import { useWorld } from '#test/kit/world';

const WIDTH = Math.max(...EXAMPLES.map(({ name }) => name.length));
const STORES = ['postgres', 'mongo', 'neo4j', 'redis'];
const COLUMNS = [...STORES, 'fetches'];
/** Its branches meet where they come at nearly the same time, and else ask apart: how many fetches that takes is chance. */
const MEETS = '21-suggestions';
/** Queries with a list whose length is asked for. */
const LISTS = EXAMPLES.filter(({ kind, query }) => kind === 'query' && /first/.test(query)).map(({ name }) => name);

describe('what an operation asks of the stores', () => {
  const world = useWorld();
  const slugs = world.demo.tenants.map(({ slug }) => slug);

  test('is pinned for each saved operation and the same for every tenant', async () => {
    const tables = await Promise.all(slugs.map(async (slug) => table(await rowsOf(slug))));
    for (const other of tables) expect(other).toBe(tables[0]);
    await expect(tables[0]).toMatchFileSnapshot('../golden/store-queries.txt');
  }, 120_000);

  test('is compared for twenty operations at least', () => {
    expect(LISTS.length).toBeGreaterThanOrEqual(20);
  });

  test.each(LISTS)('%s costs the same for lists of 2 and of 20, on every level at once', async (name) => {
    for (const slug of slugs) {
      const [two, twenty] = await Promise.all([2, 20].map((size) => countsOf(slug, name, size)));
      expect(twenty, slug).toEqual(two);
    }
  });

  async function rowsOf(slug: string): Promise<string[]> {
    const operations = savedOperations(world, slug);
    const rows: string[] = [];
    for (const { name } of EXAMPLES) {
      const counted = withoutChance(name, counts(await operations.run(name)));
      // It looks again until the relay is done: how often is chance.
      rows.push(row(name, name === WAITS ? counted.map((count, at) => (at === 0 ? 'waits' : count)) : counted));
    }
    return rows;
  }

  async function countsOf(slug: string, name: string, size: number): Promise<readonly Count[]> {
    return withoutChance(name, counts(await savedOperations(world, slug, { page: { of: name, size } }).run(name)));
  }
});

type Count = number | string;

function withoutChance(name: string, counted: readonly number[]): readonly Count[] {
  return name === MEETS ? [...counted.slice(0, STORES.length), 'meets'] : counted;
}

function counts({ extensions: { polygraph } }: Answer): readonly number[] {
  if (!polygraph) throw new Error('The answer has no trace.');
  return [...STORES.map((store) => polygraph.storeQueries[store] ?? 0), polygraph.fetches];
}

const table = (rows: readonly string[]): string => `${row('operation', COLUMNS)}\n${rows.join('\n')}\n`;

const row = (name: string, cells: readonly (string | number)[]): string =>
  [name.padEnd(WIDTH), ...cells.map((cell, at) => String(cell).padStart(COLUMNS[at]?.length ?? 0))].join('  ');
