import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from './alive.ts';
import type { StoreEnvironment } from './types.ts';

/** Lets other commands on this machine reach the stores that run: `<dir>/running.json`, readable by its owner only. */
export async function announceRunning(dir: string, environment: StoreEnvironment): Promise<() => Promise<void>> {
  const file = fileIn(dir);
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ pid: process.pid, environment }, null, 2), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The variables that lead to the local stores of that folder. @returns undefined where none run */
export async function readRunning(dir: string): Promise<StoreEnvironment | undefined> {
  const text = await readFile(fileIn(dir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, environment } = JSON.parse(text) as { pid: number; environment: StoreEnvironment };
  return isAlive(pid) ? environment : undefined;
}

const fileIn = (dir: string): string => path.join(dir, 'running.json');
