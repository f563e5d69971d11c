/** Rows as aligned columns, the first row as heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd();
  const [heading = [], ...body] = rows.map(line);
  return [heading, '-'.repeat(Math.max(...rows.map((row) => line(row).length))), ...body].join('\n');
}

export const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
