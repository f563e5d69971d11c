import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { freePort } from './free-port.ts';

/** Milliseconds from `npm start` to the line that says it is ready. */
export interface StartTimes {
  /** With an empty folder: stores are made, migrated and filled with the demo data. Programs are installed already. */
  readonly cold: number;
  readonly warm: number;
}

/** @param dir an empty folder; afterwards it holds the stopped stores with the demo data */
export async function measureStarts(dir: string, progress: (line: string) => void): Promise<StartTimes> {
  progress('npm start, cold');
  const cold = await measureStart(dir);
  progress('npm start, warm');
  return { cold, warm: await measureStart(dir) };
}

async function measureStart(dir: string): Promise<number> {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: path.resolve(import.meta.dirname, '..'),
    env: { ...withoutStores(process.env), POLYGRAPH_DIR: dir, PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await readiness(child);
    return performance.now() - began;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function readiness({ stdout, stderr }: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    stderr?.on('data', (chunk) => said.push(String(chunk)));
    stdout?.on('data', (chunk) => {
      said.push(String(chunk));
      if (said.join('').includes('Polygraph is ready')) resolve();
    });
    stdout?.once('end', () =>
      reject(new Error(`npm start ended before it was ready:\n${said.join('').slice(-2_000)}`)),
    );
  });
}

/** A store that the environment names would not be started, nor be ours to fill. */
function withoutStores(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL, MONGODB_URL, REDIS_URL, NEO4J_URL, NODE_ENV, ...rest } = environment;
  return rest;
}
