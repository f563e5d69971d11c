import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandLine, isAlive } from './alive.ts';
import { LocalStoreError } from './types.ts';

interface Holder {
  readonly pid: number;
  readonly command: string | undefined;
}

/**
 * Makes this process the only one that runs stores in a folder. A lock whose holder died is taken over.
 * @throws LocalStoreError naming the process that holds it
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  const unlock = await tryLock(file);
  if (unlock) return unlock;
  throw alreadyRuns(file, await readHolder(file));
}

/** Asks without taking. @throws LocalStoreError as takeLock does */
export async function assertNotLocked(file: string): Promise<void> {
  const holder = await readHolder(file);
  if (holder && isHeld(holder)) throw alreadyRuns(file, holder);
}

/** Waits until whoever holds the lock is done. */
export async function waitForLock(file: string, signal: AbortSignal): Promise<() => Promise<void>> {
  for (;;) {
    signal.throwIfAborted();
    const unlock = await tryLock(file);
    if (unlock) return unlock;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function tryLock(file: string): Promise<(() => Promise<void>) | undefined> {
  const me: Holder = { pid: process.pid, command: commandLine(process.pid) };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(file, JSON.stringify(me), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(file);
    if (holder && isHeld(holder)) return undefined;
    await rm(file, { force: true });
  }
  return undefined;
}

/** The command line tells the holder from a process that got its number later. */
const isHeld = ({ pid, command }: Holder): boolean => isAlive(pid) && commandLine(pid) === command;

const alreadyRuns = (file: string, holder: Holder | undefined): LocalStoreError =>
  new LocalStoreError(
    `Polygraph already runs with its data in ${path.dirname(file)} (process ${holder?.pid}).\n` +
      `Stop it first: kill ${holder?.pid}`,
  );

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
