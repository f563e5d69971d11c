import { describe, expect, test } from 'vitest';
import type { Answer } from '#test/kit/client';
import { EXAMPLES, savedOperations } from '#test/kit/examples';
import { useWorld } from '#test/kit/world';

const WIDTH = Math.max(...EXAMPLES.map(({ name }) => name.length));
const STORES = ['postgres', 'mongo', 'neo4j', 'redis'];
const COLUMNS = [...STORES, 'fetches'];
/** Those that take `first`. */
const LISTS = EXAMPLES.filter(({ variables }) => 'first' in variables).map(({ name }) => name);

describe('what an operation asks of the stores', () => {
  const world = useWorld();
  const slugs = world.demo.tenants.map(({ slug }) => slug);

  test('is pinned for each saved operation and the same for every tenant', async () => {
    const tables = await Promise.all(slugs.map(async (slug) => table(await rowsOf(slug))));
    for (const other of tables) expect(other).toBe(tables[0]);
    await expect(tables[0]).toMatchFileSnapshot('../golden/store-queries.txt');
  });

  test.each(LISTS)('%s costs the same for a page of 10 and of 50, and no more than one row', async (name) => {
    for (const slug of slugs) {
      const [one, ten, fifty] = await Promise.all([1, 10, 50].map((first) => countsOf(slug, name, first)));
      expect(fifty, slug).toEqual(ten);
      // A single row may have nobody who wrote it, and so nobody to be asked for.
      for (const [at, count] of (one ?? []).entries()) expect(count).toBeLessThanOrEqual(ten?.[at] ?? 0);
    }
  });

  async function rowsOf(slug: string): Promise<string[]> {
    const operations = savedOperations(world, slug);
    const rows: string[] = [];
    for (const { name } of EXAMPLES) rows.push(row(name, counts(await operations.run(name))));
    return rows;
  }

  async function countsOf(slug: string, name: string, first: number): Promise<readonly number[]> {
    return counts(await savedOperations(world, slug, { [name]: { first } }).run(name));
  }
});

function counts({ extensions: { polygraph } }: Answer): readonly number[] {
  if (!polygraph) throw new Error('The answer has no trace.');
  return [...STORES.map((store) => polygraph.storeQueries[store] ?? 0), polygraph.fetches];
}

const table = (rows: readonly string[]): string => `${row('operation', COLUMNS)}\n${rows.join('\n')}\n`;

const row = (name: string, cells: readonly (string | number)[]): string =>
  [name.padEnd(WIDTH), ...cells.map((cell, at) => String(cell).padStart(COLUMNS[at]?.length ?? 0))].join('  ');
