import { spawn } from 'node:child_process';
import path from 'node:path';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly signal?: AbortSignal;
}

export class RunError extends Error {
  override readonly name = 'RunError';
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a program to its end. @returns what it printed, both streams
 * @throws RunError with its last lines when it fails
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, user, signal } = options;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    ...user,
    ...(signal === undefined ? {} : { signal }),
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-100_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = await new Promise<string | number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, reason) => resolve(code ?? reason ?? 'unknown'));
  });
  if (ended !== 0) {
    const text = `${path.basename(command)} ended with ${ended}:\n${lastLines(output, 15)}${missingLibrary(output)}`;
    throw new RunError(text, output);
  }
  return output;
}

export const lastLines = (text: string, count: number): string =>
  text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  | ${line.slice(0, 300)}`)
    .join('\n');

/** Servers out of wheels expect a few libraries that slim images lack. */
export function missingLibrary(output: string): string {
  const library = /while loading shared libraries: ([^:\s]+)/.exec(output)?.[1];
  if (!library) return '';
  const known = Object.entries(PACKAGES).find(([prefix]) => library.startsWith(prefix))?.[1];
  const cure = known ? `Debian, Ubuntu:  apt-get install -y ${known}` : 'Install the package that holds it.';
  return `\nThis system lacks the library ${library}. ${cure}`;
}

const PACKAGES: Readonly<Record<string, string>> = {
  libgssapi: 'libgssapi-krb5-2',
  libssl: 'libssl3',
  libcrypto: 'libssl3',
  liblz4: 'liblz4-1',
  libzstd: 'libzstd1',
  libxml2: 'libxml2',
};
