import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);

/** How many ids each chapter of the catalogue has: A1 to A7, and so on. */
const CHAPTERS = { A: 7, B: 12, C: 8, D: 8, E: 14, F: 5, G: 14 };
const IDS = Object.entries(CHAPTERS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

describe('docs/catalogue.md', () => {
  const page = readFileSync(new URL('docs/catalogue.md', ROOT), 'utf8');
  const rows = [...page.matchAll(/^\| ([A-G]\d+) \| (.+) \| (.+) \|$/gm)].map(([, id = '', , shown = '']) => ({
    id,
    shown,
  }));

  test('has one row for each id, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(IDS);
  });

  test('names only files that are there', () => {
    const missing = rows.flatMap(({ id, shown }) =>
      pathsIn(shown)
        .filter(isMissing)
        .map((path) => `${id}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test('says of each id what shows it, or that nothing does yet', () => {
    const silent = rows.filter(({ shown }) => shown !== 'not yet' && pathsIn(shown).length === 0);
    expect(silent).toEqual([]);
  });
});

function pathsIn(text: string): string[] {
  return [...text.matchAll(/`([\w-]+\/[\w./-]+\.\w+)`/g)].map(([, path = '']) => path);
}

function isMissing(path: string): boolean {
  return !existsSync(new URL(path, ROOT));
}
