import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { run } from './run.ts';
import { LocalStoreError } from './types.ts';

interface Program {
  readonly names: readonly string[];
  readonly title: string;
  readonly debian: string;
  readonly mac: string;
}

const PROGRAMS = {
  java: { names: ['java'], title: 'Java 17 or newer', debian: 'openjdk-17-jre-headless', mac: 'openjdk@21' },
  maven: { names: ['mvn'], title: 'Maven', debian: 'maven', mac: 'maven' },
  python: {
    names: ['python3', 'python3.13', 'python3.12', 'python3.11'],
    title: 'Python 3.11 or newer',
    debian: 'python3 python3-venv',
    mac: 'python@3.12',
  },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/** The path of an executable on PATH. */
export function findOnPath(name: string): string | undefined {
  for (const dir of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
    const candidate = path.join(dir, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: the next folder may have it.
    }
  }
  return undefined;
}

/** @throws LocalStoreError that says what to install, or which variable to set instead */
export function missingProgram(name: ProgramName, store: string, variable: string, found?: string): LocalStoreError {
  const { title, debian, mac } = PROGRAMS[name];
  return new LocalStoreError(
    `${store} needs ${title} here, ${found ? `but ${found}` : 'which is not on PATH'}.\n` +
      `  Debian, Ubuntu:  apt-get install -y ${debian}\n` +
      `  macOS:           brew install ${mac}\n` +
      `  or use a ${store} that runs elsewhere:  ${variable}=... npm start`,
  );
}

export interface Java {
  readonly path: string;
  readonly major: number;
  /** What tells two installations apart. */
  readonly version: string;
}

export async function findJava(store: string, variable: string): Promise<Java> {
  const home = process.env.JAVA_HOME;
  const java = (home && executable(path.join(home, 'bin', 'java'))) || findOnPath('java');
  if (!java) throw missingProgram('java', store, variable);
  // macOS ships a `java` that only says where to get one.
  const output = await run(java, ['-version']).catch(() => '');
  const version = /version "([^"]+)"/.exec(output)?.[1];
  if (!version) throw missingProgram('java', store, variable, `${java} does not run`);
  const major = Number(version.replace(/^1\./, '').split(/[.\-+]/)[0]);
  if (major < 17) throw missingProgram('java', store, variable, `${java} is Java ${major}`);
  return { path: java, major, version };
}

export async function findPython(store: string, variable: string): Promise<string> {
  let found: string | undefined;
  for (const name of PROGRAMS.python.names) {
    const python = findOnPath(name);
    if (!python) continue;
    const output = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).catch(() => '');
    const [major = 0, minor = 0] = output.trim().split('.').map(Number);
    if (major === 3 && minor >= 11) return python;
    found = `${python} is ${output.trim() || 'not one that runs'}`;
  }
  throw missingProgram('python', store, variable, found);
}

function executable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    return undefined;
  }
}
