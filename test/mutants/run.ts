import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { copySources } from './checkout.ts';
import { MUTANTS } from './index.ts';
import { type JudgeOptions, judge, notGreen, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { startSharedStores } from './stores.ts';

export interface MutantsOptions {
  /** The clone. */
  readonly root: string;
  /** Remembers verdicts, so that `resume` can go on after a run that was cut short. */
  readonly memory: string;
  readonly only?: readonly string[] | undefined;
  readonly resume?: boolean;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface MutantsResult {
  readonly verdicts: readonly Verdict[];
  /** Whether every mutant has one. */
  readonly complete: boolean;
}

export async function runMutants(options: MutantsOptions): Promise<MutantsResult> {
  const { root, memory, only, resume = false, progress, signal } = options;
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-mutants-'));
  try {
    const checkout = await copySources(root, path.join(dir, 'sources'));
    const known = resume ? await recall(memory, checkout.fingerprint) : new Map<string, Verdict>();
    const wanted = MUTANTS.filter(({ id }) => !only || only.includes(id));
    const open = wanted.filter(({ id }) => !known.has(id));
    const stores = await startSharedStores(dir, signal, progress);
    try {
      await judgeAll(open, { checkout, freshStores: stores.fresh, signal }, progress, async (verdict) => {
        known.set(verdict.id, verdict);
        await writeFile(memory, JSON.stringify({ fingerprint: checkout.fingerprint, verdicts: [...known.values()] }));
      });
    } finally {
      await stores.stop();
    }
    const verdicts = wanted.flatMap(({ id }) => known.get(id) ?? []);
    return { verdicts, complete: verdicts.length === MUTANTS.length };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function judgeAll(
  mutants: readonly Mutant[],
  options: JudgeOptions,
  progress: (line: string) => void,
  onVerdict: (verdict: Verdict) => Promise<void>,
): Promise<void> {
  if (mutants.length === 0) return;
  const files = [...new Set(mutants.flatMap(({ tests }) => tests))];
  progress(`${files.length} test files, with every wall in place`);
  const red = await notGreen(files, options);
  for (const [file, what] of red) progress(`not green with every wall in place: ${file}: ${what}`);
  for (const [index, mutant] of mutants.entries()) {
    options.signal.throwIfAborted();
    const before = mutant.tests.find((file) => red.has(file));
    const verdict = before ? unknown(mutant, before) : await judge(mutant, options);
    options.signal.throwIfAborted();
    progress(
      `${index + 1}/${mutants.length} ${verdict.result} ${mutant.id} (${verdict.seconds.toFixed(0)} s) ${verdict.by}`,
    );
    await onVerdict(verdict);
  }
}

/** Tests that fail anyhow say nothing about a wall. */
const unknown = ({ id }: Mutant, file: string): Verdict => ({
  ...{ id, result: 'broken', by: `${file} is not green with every wall in place`, seconds: 0 },
});

/** @returns verdicts of these very sources and tests */
async function recall(memory: string, fingerprint: string): Promise<Map<string, Verdict>> {
  const text = await readFile(memory, 'utf8').catch(() => '{"verdicts":[]}');
  const noted = JSON.parse(text) as { fingerprint?: string; verdicts: readonly Verdict[] };
  return new Map(noted.fingerprint === fingerprint ? noted.verdicts.map((verdict) => [verdict.id, verdict]) : []);
}
