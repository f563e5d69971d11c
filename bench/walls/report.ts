import type { Price } from './index.ts';

/** @param table lays rows out as columns, the first as heading */
export function reportWalls(prices: readonly Price[], table: (rows: readonly (readonly string[])[]) => string): string {
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return `\n${table([
    ['OPERATION', 'CPU A REQUEST', 'WITH WALLS', 'WITHOUT', 'RATIO'],
    ...prices.flatMap(({ operation, standing, removed, ratio }) =>
      (
        [
          ['gateway and subgraphs', 'node'],
          ['PostgreSQL', 'postgres'],
          ['both', 'both'],
        ] as const
      ).map(([name, part]) => [operation, name, ms(standing[part]), ms(removed[part]), ratio[part].toFixed(2)]),
    ),
  ])}\n`;
}
