import { spawn } from 'node:child_process';

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
    throw new RunError(`${command} ${args.join(' ')} ended with ${ended}:\n${lastLines(output, 15)}`, output);
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
