import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Checkout } from './checkout.ts';
import { type Mutant, mutate, StaleMutant } from './mutant.ts';
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
  const result = await resultOf(mutant, options);
  return { id: mutant.id, seconds: (performance.now() - began) / 1_000, ...result };
}

/** Runs these files with every wall in place. @returns those that are not green, with what is wrong */
export async function notGreen(files: readonly string[], options: JudgeOptions): Promise<ReadonlyMap<string, string>> {
  const outcomes = [await askUnits(files, options, false), await askStores(files, options, false)];
  const failures = outcomes.flatMap(({ failed, broken }) => [...failed, ...broken]);
  return new Map(failures.map(({ file, what }) => [file, what]));
}

async function resultOf(mutant: Mutant, options: JudgeOptions): Promise<Pick<Verdict, 'result' | 'by'>> {
  const { checkout } = options;
  try {
    const changed = mutate(mutant, (file) => readFileSync(path.join(checkout.root, file), 'utf8'));
    return read(mutant, await checkout.with(changed, () => askAll(mutant, options)));
  } catch (error) {
    if (error instanceof StaleMutant) return { result: 'broken', by: error.message };
    throw error;
  }
}

async function askAll({ tests }: Mutant, options: JudgeOptions): Promise<Outcome> {
  const ofUnits = await askUnits(tests, options, true);
  return ofUnits.failed.length + ofUnits.broken.length > 0 ? ofUnits : askStores(tests, options, true);
}

function askUnits(files: readonly string[], { checkout, signal }: JudgeOptions, bail: boolean): Promise<Outcome> {
  return runSuite({
    ...{ root: checkout.root, project: 'unit', files: files.filter(isUnit), environment: {}, bail, signal },
  });
}

async function askStores(all: readonly string[], options: JudgeOptions, bail: boolean): Promise<Outcome> {
  const { checkout, freshStores, signal } = options;
  const files = all.filter((file) => !isUnit(file));
  const world = files.some((file) => usesWorld(path.join(checkout.root, file)));
  const stores = files.length > 0 ? await freshStores() : {};
  const environment = { ...stores, ...(world ? {} : { POLYGRAPH_TEST_WORLD: 'none' }) };
  return runSuite({ root: checkout.root, project: 'stores', files, environment, bail, signal });
}

function read({ coveredBy, refusal }: Mutant, { failed, broken }: Outcome): Pick<Verdict, 'result' | 'by'> {
  const [failure] = failed;
  if (failure) return { result: 'caught', by: `${failure.file}: ${failure.what}` };
  const refused = broken.map(({ what }) => refusal?.exec(what)?.[0]).find((text) => text !== undefined);
  if (refused !== undefined) return { result: 'caught', by: `nothing starts: ${refused}` };
  if (broken[0]) return { result: 'broken', by: broken[0].what };
  return coveredBy ? { result: 'covered', by: coveredBy.join(', ') } : { result: 'survived', by: '' };
}

const isUnit = (file: string): boolean => file.startsWith('test/unit/');
/** Starting the product for a file that does not ask it costs more than the file. */
const usesWorld = (file: string): boolean => existsSync(file) && readFileSync(file, 'utf8').includes('useWorld');
