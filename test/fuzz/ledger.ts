import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { commitAt } from '#operations/cli/commit';
import { ROOT } from '#operations/cli/root';
import type { FuzzResult } from './index.ts';

/** Adds one line to the table at the end of docs/fuzzing.md. */
export async function recordRun(result: FuzzResult): Promise<void> {
  await appendFile(LEDGER, `${lineOf(result, new Date(), commitAt(ROOT))}\n`);
}

export const LEDGER = path.join(ROOT, 'docs/fuzzing.md');

export function lineOf(
  { seed, seconds, counts, coverage, coverageOfTenants, findings }: FuzzResult,
  day: Date,
  commit: string,
): string {
  const { operations, mutations, entities } = counts;
  const cells = [
    day.toISOString().slice(0, 10),
    commit,
    seed,
    operations,
    mutations,
    entities,
    `${(coverageOfTenants * 100).toFixed(1)} % (${(coverage * 100).toFixed(1)} %)`,
    Math.round(seconds),
    findings.length,
  ];
  return `| ${cells.join(' | ')} |`;
}
