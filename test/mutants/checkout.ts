import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A copy of the sources in which walls are taken away: nobody's working tree is ever changed. */
export interface Checkout {
  readonly root: string;
  /** SHA-256 over all files: verdicts hold for these sources and tests only. */
  readonly fingerprint: string;
  /** Runs `work` while the files have this text. */
  with<T>(changed: ReadonlyMap<string, string>, work: () => Promise<T>): Promise<T>;
}

/** @param root of the clone, with what it has not committed yet */
export async function copySources(root: string, copy: string): Promise<Checkout> {
  await cp(root, copy, { recursive: true, filter: (file) => !LEFT_OUT.test(path.relative(root, file)) });
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  await mkdir(path.join(copy, '.polygraph'));
  await symlink(path.join(root, '.polygraph/tools'), path.join(copy, '.polygraph/tools'));
  return {
    root: copy,
    fingerprint: await fingerprintOf(copy),
    async with(changed, work) {
      const originals = new Map<string, string>();
      for (const file of changed.keys()) originals.set(file, await readFile(path.join(copy, file), 'utf8'));
      try {
        await writeAll(copy, changed);
        return await work();
      } finally {
        await writeAll(copy, originals);
      }
    },
  };
}

async function writeAll(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, text] of files) await writeFile(path.join(root, file), text);
}

async function fingerprintOf(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.filter((one) => !/\.(md|svg)$/.test(one)).sort()) {
    hash.update(`${path.relative(root, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

const LEFT_OUT = /^(\.git|\.polygraph|coverage)(\/|$)|(^|\/)node_modules(\/|$)/;
