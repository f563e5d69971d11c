import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { waitForLock } from './lock.ts';

export interface Installation {
  readonly dir: string;
  /** What must be equal for the installed thing to be the wanted one. */
  readonly key: string;
  readonly signal: AbortSignal;
  readonly install: () => Promise<void>;
}

/**
 * Installs into `dir` once. The stamp is written last, so an install that was
 * killed is done again; two processes do not install at once.
 */
export async function installOnce({ dir, key, signal, install }: Installation): Promise<void> {
  if (await isInstalled(dir, key)) return;
  await mkdir(path.dirname(dir), { recursive: true });
  const unlock = await waitForLock(`${dir}.lock`, signal);
  try {
    if (await isInstalled(dir, key)) return;
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    await install();
    await writeFile(stampOf(dir), key);
  } finally {
    await unlock();
  }
}

const stampOf = (dir: string): string => path.join(dir, '.installed');

async function isInstalled(dir: string, key: string): Promise<boolean> {
  return (await readFile(stampOf(dir), 'utf8').catch(() => undefined)) === key;
}
