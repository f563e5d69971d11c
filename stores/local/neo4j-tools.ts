import { accessSync, constants } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { installOnce } from './install.ts';
import { findJava, findOnPath, type Java, missingProgram } from './programs.ts';
import { RunError, run } from './run.ts';
import { type LaunchOptions, LocalStoreError } from './types.ts';

export interface Neo4jTools {
  readonly java: Java;
  /** Holds lib/ and plugins/. */
  readonly dir: string;
  /** A file of Java options that holds the class path, for `java @file`. */
  readonly classPath: string;
}

/** Neo4j 5.26 (Java 17) and APOC, resolved by Maven from the pom beside this file. */
export async function neo4jTools({ toolsDir, progress, signal }: LaunchOptions): Promise<Neo4jTools> {
  const java = await findJava('Neo4j', 'NEO4J_URL');
  const dir = path.join(toolsDir, 'neo4j');
  const lib = path.join(dir, 'lib');
  const classPath = path.join(dir, 'classpath.args');
  await installOnce({
    dir,
    key: JSON.stringify({ dir, versions: VERSIONS }),
    signal,
    install: async () => {
      const maven = findOnPath('mvn');
      if (!maven) throw missingProgram('maven', 'Neo4j', 'NEO4J_URL');
      progress(`Installing Neo4j ${VERSIONS.neo4j} and APOC from Maven Central, once (about a minute) ...`);
      const pom = path.join(import.meta.dirname, 'neo4j.pom.xml');
      const properties = [`-Dneo4j.version=${VERSIONS.neo4j}`, `-Dapoc.version=${VERSIONS.apoc}`];
      const args = [
        '-B',
        '-ntp',
        '-Dstyle.color=never',
        '-q',
        '-f',
        pom,
        ...properties,
        COPY,
        '-DincludeScope=runtime',
      ];
      await run(maven, [...args, ...repository(dir), `-DoutputDirectory=${lib}`], { signal }).catch(explain);
      await rm(path.join(dir, 'repository'), { recursive: true, force: true });
      await rm(path.join(import.meta.dirname, 'target'), { recursive: true, force: true });
      await layOut(dir, lib, classPath);
    },
  });
  return { java, dir, classPath };
}

const VERSIONS = { neo4j: '5.26.30', apoc: '5.26.19' };
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Maven keeps what it fetches in the home folder, which a service user may not have. */
function repository(dir: string): string[] {
  try {
    accessSync(os.userInfo().homedir, constants.W_OK);
    return [];
  } catch {
    return [`-Dmaven.repo.local=${path.join(dir, 'repository')}`];
  }
}

async function layOut(dir: string, lib: string, classPath: string): Promise<void> {
  const jars = (await readdir(lib)).filter((name) => name.endsWith('.jar')).sort();
  const plugins = path.join(dir, 'plugins');
  await mkdir(plugins);
  // Procedures are looked for in plugins/ only, their libraries on the class path.
  for (const jar of jars.filter((name) => name.startsWith('apoc-')))
    await cp(path.join(lib, jar), path.join(plugins, jar));
  await writeFile(classPath, `-cp "${jars.map((jar) => path.join(lib, jar)).join(path.delimiter)}"\n`);
}

function explain(error: unknown): never {
  if (!(error instanceof RunError)) throw error;
  throw new LocalStoreError(
    `${error.message}\nMaven could not fetch Neo4j. Check the network (or a mirror in ~/.m2/settings.xml) and start again,\n` +
      'or set NEO4J_URL, NEO4J_USER and NEO4J_PASSWORD to a Neo4j that runs elsewhere.',
  );
}
