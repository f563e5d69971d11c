import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a run of some test files came to. */
export interface Outcome {
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: readonly Failure[];
  /** Files of which nothing can be said: they could not be loaded, set up, or be run as a program. */
  readonly broken: readonly Failure[];
}

export interface Failure {
  readonly file: string;
  readonly what: string;
}

export interface SuiteOptions {
  readonly root: string;
  readonly project: 'unit' | 'stores';
  readonly files: readonly string[];
  /** Addresses of the stores. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends with the first failure. */
  readonly bail: boolean;
  readonly signal: AbortSignal;
}

/** Runs test files with vitest, in a process of its own. */
export async function runSuite({ root, project, files, environment, bail, signal }: SuiteOptions): Promise<Outcome> {
  if (files.length === 0) return { passed: 0, failed: [], broken: [] };
  const report = path.join(root, '.polygraph/vitest.json');
  await rm(report, { force: true });
  const args = [
    'run',
    '--project',
    project,
    '--reporter',
    'json',
    '--outputFile',
    report,
    ...(bail ? ['--bail', '1'] : []),
  ];
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const longestMs = LONGEST_MS + files.length * LONGEST_FILE_MS;
  const said = await spawned([vitest, ...args, ...files], root, environment, { signal, longestMs });
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return text === undefined ? brokenAltogether(files, said) : read(JSON.parse(text) as Report, { root, files, said });
}

/** The part of vitest's JSON that is read. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function read(
  { success, numPassedTests, testResults }: Report,
  { root, files, said }: { root: string; files: readonly string[]; said: string },
): Outcome {
  const failed: Failure[] = [];
  const broken: Failure[] = [];
  for (const { name, message, assertionResults } of testResults) {
    const file = path.relative(root, name);
    const failures = assertionResults.filter(({ status }) => status === 'failed');
    const noProgram = failures.flatMap((one) => one.failureMessages).find((text) => NO_PROGRAM.test(text));
    if (noProgram !== undefined) broken.push({ file, what: noProgram });
    else if (failures.length === 0 && message) broken.push({ file, what: message });
    else failed.push(...failures.map(({ fullName }) => ({ file, what: fullName.trim() })));
  }
  if (!success && failed.length + broken.length === 0) return brokenAltogether(files, said);
  return { passed: numPassedTests, failed, broken };
}

const brokenAltogether = (files: readonly string[], said: string): Outcome => ({
  passed: 0,
  failed: [],
  broken: files.map((file) => ({ file, what: said })),
});

/** A mutant that is no program fails every test, and shows nothing of any wall. */
const NO_PROGRAM = /^(ReferenceError|SyntaxError)/;

/** @returns the end of what it said */
async function spawned(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  { signal, longestMs }: { signal: AbortSignal; longestMs: number },
): Promise<string> {
  const env = { ...process.env, ...environment, NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const stop = (): void => void child.kill('SIGTERM');
  const tooLong = setTimeout(stop, longestMs);
  signal.addEventListener('abort', stop, { once: true });
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  clearTimeout(tooLong);
  signal.removeEventListener('abort', stop);
  return Buffer.concat(output).toString('utf8').trim().slice(-4_000);
}

const LONGEST_MS = 240_000;
const LONGEST_FILE_MS = 60_000;
