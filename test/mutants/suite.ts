import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a run of some test files came to. */
export type Outcome =
  | { readonly kind: 'green'; readonly tests: number }
  | { readonly kind: 'red'; readonly test: string; readonly file: string }
  /** Not one test failed, and yet the run did: nothing is shown by it. */
  | { readonly kind: 'broken'; readonly reason: string };

export interface SuiteOptions {
  readonly root: string;
  readonly project: 'unit' | 'stores';
  readonly files: readonly string[];
  /** Addresses of the stores. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Runs test files with vitest, in a process of its own, up to the first failure. */
export async function runSuite({ root, project, files, environment, signal }: SuiteOptions): Promise<Outcome> {
  const report = path.join(root, '.polygraph/vitest.json');
  await rm(report, { force: true });
  const args = ['run', '--project', project, '--bail', '1', '--reporter', 'json', '--outputFile', report, ...files];
  const said = await spawned([path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], root, environment, signal);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return text === undefined ? { kind: 'broken', reason: said } : judge(JSON.parse(text) as Report, root, said);
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

function judge({ success, numPassedTests, testResults }: Report, root: string, said: string): Outcome {
  if (success && numPassedTests > 0) return { kind: 'green', tests: numPassedTests };
  const failures = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map((failure) => ({ ...failure, file: name })),
  );
  const [first] = failures;
  const messages = [...testResults.map(({ message }) => message), said].filter(Boolean).join('\n');
  if (!first) return { kind: 'broken', reason: messages };
  const message = first.failureMessages.join('\n');
  // A mutant that is no program fails every test, and shows nothing of any wall.
  if (/^(ReferenceError|SyntaxError)/.test(message)) return { kind: 'broken', reason: message };
  return { kind: 'red', test: first.fullName.trim(), file: path.relative(root, first.file) };
}

/** @returns the end of what it said */
async function spawned(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const env = { ...process.env, ...environment, NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const stop = (): void => void child.kill('SIGTERM');
  const tooLong = setTimeout(stop, LONGEST_MS);
  signal.addEventListener('abort', stop, { once: true });
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  clearTimeout(tooLong);
  signal.removeEventListener('abort', stop);
  return Buffer.concat(output).toString('utf8').trim().slice(-4_000);
}

const LONGEST_MS = 300_000;
