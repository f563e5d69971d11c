import type { TenantNeo4j } from '#stores/neo4j/index';
import { type KeywordRating, MOST_RATINGS, rateKeywords } from '#subgraphs/knowledge/keyword-ratings';
import { batches } from './import.ts';

/**
 * Reads a table of comma-separated values, as tools for keywords export them: a first line that names `keyword`, `volume`
 * and `difficulty` in any order, other columns passed over. A name may stand in quotes; an empty number says nothing.
 * @throws SyntaxError that names the line
 */
export function parseRatings(text: string): KeywordRating[] {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const columns = cellsOf(head).map((cell) => cell.toLowerCase());
  const [name, volume, difficulty] = ['keyword', 'volume', 'difficulty'].map((column) => columns.indexOf(column));
  if (name === undefined || name < 0) throw new SyntaxError('Line 1 names no column `keyword`.');
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const cells = cellsOf(line);
    const number = (column = -1): number | null => readNumber(cells[column] ?? '', at + 2);
    return [{ name: cells[name] ?? '', volume: number(volume), difficulty: number(difficulty) }];
  });
}

/** Writes as the mutation does, a hundred at a time. @returns how many there were */
export async function importRatings(neo4j: TenantNeo4j, ratings: readonly KeywordRating[]): Promise<number> {
  for await (const batch of batches(ratings, MOST_RATINGS)) await rateKeywords(neo4j, batch);
  return ratings.length;
}

function cellsOf(line: string): string[] {
  return [...line.matchAll(CELL)].map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? '').trim());
}

function readNumber(cell: string, line: number): number | null {
  if (cell === '') return null;
  const value = Number(cell);
  if (Number.isInteger(value)) return value;
  throw new SyntaxError(`Line ${line} holds ${JSON.stringify(cell.slice(0, 40))} where a whole number belongs.`);
}

const CELL = /(?<=^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))(?=,|$)/g;
