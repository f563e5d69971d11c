import path from 'node:path';
import { ROOT } from '#operations/cli/root';
import { writeFinding } from './explain.ts';
import { createFuzzer } from './index.ts';
import { recordRun } from './ledger.ts';
import type { Finding } from './round.ts';
import { summaryOf } from './summary.ts';
import { openWorlds } from './worlds/index.ts';

export interface FuzzCommand {
  readonly seed: number;
  readonly seconds: number;
  readonly operations?: number;
  /** Adds the run to the ledger. */
  readonly record: boolean;
  /** Folder of the findings. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

/** Two worlds from nothing, one run, and what came of it. @returns how many findings there were */
export async function fuzzFromTheCommandLine({ out, record, ...options }: FuzzCommand): Promise<number> {
  const { seed, signal } = options;
  const began = performance.now();
  const write = (line: string): void => options.write(`${((performance.now() - began) / 1000).toFixed(0)} s: ${line}`);
  write(`seed ${seed}`);
  const worlds = await openWorlds({ progress: write, signal });
  try {
    const fuzzer = await createFuzzer(worlds);
    write('go');
    const logs = [worlds.inhabited.log, worlds.alone.log];
    const written: Promise<void>[] = [];
    const onFinding = (finding: Finding): void => {
      const file = writeFinding(path.resolve(ROOT, out), seed, finding, logs);
      written.push(file.then((name) => write(`${finding.verdict.kind}: ${name}`)));
    };
    const result = await fuzzer.run({ ...options, maxFindings: MOST_FINDINGS, progress: write, onFinding });
    await Promise.all(written);
    write(summaryOf(result));
    if (record) await recordRun(result);
    return result.findings.length;
  } finally {
    await worlds.stop();
  }
}

/** One fault is found again and again; a long run goes on beside it. */
const MOST_FINDINGS = 20;
