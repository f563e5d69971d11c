import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LocalStoreError } from './types.ts';

/** Generated passwords, kept beside the data they open. */
export interface Secrets {
  /**
   * The secret of that name, made on first use.
   * @param dataDir where given and not empty although the secret is new, the secret was lost
   * @throws LocalStoreError when data exist that this secret should open, but the secret does not
   */
  get(name: string, dataDir?: string): Promise<string>;
}

/** Reads or begins `<dir>/secrets.json`, which only its owner can read. */
export async function openSecrets(dir: string): Promise<Secrets> {
  const file = path.join(dir, 'secrets.json');
  const known = parse(existsSync(file) ? await readFile(file, 'utf8') : '{}', file);
  let writing: Promise<void> = Promise.resolve();
  return {
    async get(name, dataDir) {
      const existing = known.get(name);
      if (existing !== undefined) return existing;
      if (dataDir !== undefined && existsSync(dataDir)) throw lost(name, dataDir, file);
      const made = randomBytes(32).toString('base64url');
      known.set(name, made);
      writing = writing.then(() => write(file, known));
      await writing;
      return made;
    },
  };
}

async function write(file: string, known: ReadonlyMap<string, string>): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function parse(text: string, file: string): Map<string, string> {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    throw new LocalStoreError(`${file} is not valid JSON. Restore it, or delete the folder it is in to start anew.`);
  }
}

const lost = (name: string, dataDir: string, file: string): LocalStoreError =>
  new LocalStoreError(
    `${dataDir} holds data, but ${file} has no password "${name}" for them.\n` +
      `Restore that file, or delete ${dataDir} to start with an empty store.`,
  );
