import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Checkout } from './checkout.ts';
import { type Mutant, mutate } from './mutant.ts';
import { type Outcome, runSuite } from './suite.ts';

export interface Verdict {
  readonly id: string;
  /**
   * caught: a test failed, or nothing starts. covered: another wall held, and all tests stayed green.
   * survived: no test noticed. broken: the run shows nothing, and the mutant has to be repaired.
   */
  readonly result: 'caught' | 'covered' | 'survived' | 'broken';
  /** The test that failed, the walls that held, or what went wrong. */
  readonly by: string;
  readonly seconds: number;
}

export interface JudgeOptions {
  readonly checkout: Checkout;
  /** Gives stores as they were before anybody used them. */
  readonly freshStores: () => Promise<Readonly<Record<string, string>>>;
  readonly signal: AbortSignal;
}

/** Takes the wall away and asks the tests that are named, unit tests first. */
export async function judge(mutant: Mutant, options: JudgeOptions): Promise<Verdict> {
  const began = performance.now();
  const { root } = options.checkout;
  const changed = mutate(mutant, (file) => readFileSync(path.join(root, file), 'utf8'));
  const outcome = await options.checkout.with(changed, () => askAll(mutant, options));
  const seconds = (performance.now() - began) / 1_000;
  return { id: mutant.id, seconds, ...resultOf(mutant, outcome) };
}

/** Whether these files are green with every wall in place. @returns undefined where they are */
export async function redBefore(files: readonly string[], options: JudgeOptions): Promise<string | undefined> {
  for (const outcome of [await ask(files.filter(isUnit), options), await ask(files.filter(isNotUnit), options)]) {
    if (outcome.kind === 'red') return `${outcome.file}: ${outcome.test}`;
    if (outcome.kind === 'broken') return outcome.reason;
  }
  return undefined;
}

async function askAll({ tests }: Mutant, options: JudgeOptions): Promise<Outcome> {
  const ofUnits = await ask(tests.filter(isUnit), options);
  return ofUnits.kind === 'green' ? ask(tests.filter(isNotUnit), options) : ofUnits;
}

async function ask(files: readonly string[], options: JudgeOptions): Promise<Outcome> {
  if (files.length === 0) return { kind: 'green', tests: 0 };
  const { checkout, freshStores, signal } = options;
  const { root } = checkout;
  if (files.every(isUnit)) return runSuite({ root, project: 'unit', files, environment: {}, signal });
  const world = files.some((file) => usesWorld(path.join(root, file)));
  const environment = { ...(await freshStores()), ...(world ? {} : { POLYGRAPH_TEST_WORLD: 'none' }) };
  return runSuite({ root, project: 'stores', files, environment, signal });
}

function resultOf({ coveredBy, refusal }: Mutant, outcome: Outcome): Pick<Verdict, 'result' | 'by'> {
  if (outcome.kind === 'red') return { result: 'caught', by: `${outcome.file}: ${outcome.test}` };
  if (outcome.kind === 'broken') {
    const refused = refusal?.exec(outcome.reason);
    return refused
      ? { result: 'caught', by: `nothing starts: ${refused[0]}` }
      : { result: 'broken', by: outcome.reason };
  }
  if (coveredBy) return { result: 'covered', by: coveredBy.join(', ') };
  return { result: 'survived', by: '' };
}

const isUnit = (file: string): boolean => file.startsWith('test/unit/');
const isNotUnit = (file: string): boolean => !isUnit(file);
/** Starting the product for a file that does not ask it costs more than the file. */
const usesWorld = (file: string): boolean => readFileSync(file, 'utf8').includes('useWorld');
