import { execFileSync } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '#operations/cli/root';
import type { FuzzResult } from './index.ts';

/** Adds one line to the table at the end of docs/fuzzing.md. */
export async function recordRun(result: FuzzResult): Promise<void> {
  await appendFile(LEDGER, `${lineOf(result, new Date(), commitAt(ROOT))}\n`);
}

export const LEDGER = path.join(ROOT, 'docs/fuzzing.md');

export function lineOf({ seed, seconds, counts, coverage, findings }: FuzzResult, day: Date, commit: string): string {
  const { operations, mutations, entities } = counts;
  const cells = [
    day.toISOString().slice(0, 10),
    commit,
    seed,
    operations,
    mutations,
    entities,
    `${(coverage * 100).toFixed(1)} %`,
    Math.round(seconds),
    findings.length,
  ];
  return `| ${cells.join(' | ')} |`;
}

function commitAt(dir: string): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: dir, encoding: 'utf8' }).trim();
}
