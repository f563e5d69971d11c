import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { installOnce } from './install.ts';
import { javaArguments, withNeo4j, writeConfiguration } from './neo4j-server.ts';
import type { Neo4jTools } from './neo4j-tools.ts';
import { choosePort } from './ports.ts';
import { startServer } from './server.ts';
import type { LaunchOptions } from './types.ts';

/**
 * Java options that let Neo4j start from an archive of its loaded classes, which
 * halves the CPU of a start. One archive a Java version, made by a throw-away
 * boot; where that fails, Neo4j starts without.
 */
export async function bootArchive(tools: Neo4jTools, options: LaunchOptions): Promise<string[]> {
  const name = createHash('sha256').update(tools.java.version).digest('hex').slice(0, 12);
  const dir = path.join(options.toolsDir, `neo4j-classes-${name}`);
  const archive = path.join(dir, 'classes.jsa');
  await installOnce({
    dir,
    key: JSON.stringify({ java: tools.java, jars: tools.dir }),
    signal: options.signal,
    install: async () => {
      options.progress('Preparing quicker starts of Neo4j, once (about 20 s) ...');
      await record(archive, path.join(dir, 'boot'), tools, options).catch((error: unknown) => {
        options.signal.throwIfAborted();
        options.log.warn({ err: error }, 'no class archive for Neo4j');
      });
    },
  });
  return existsSync(archive)
    ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:cds=off', '-Xlog:cds+dynamic=off']
    : [];
}

async function record(archive: string, home: string, tools: Neo4jTools, { signal }: LaunchOptions): Promise<void> {
  await mkdir(path.join(home, 'logs'), { recursive: true });
  const port = await choosePort(home, 'neo4j');
  const conf = await writeConfiguration(home, port, tools);
  const server = await startServer({
    name: 'neo4j',
    title: 'Neo4j',
    command: tools.java.path,
    args: javaArguments(home, conf, tools, [`-XX:ArchiveClassesAtExit=${archive}`]),
    dir: home,
    mark: `--home-dir=${home}`,
    cwd: home,
    env: { NEO4J_HOME: home, NEO4J_CONF: conf },
    readyTimeoutMs: 180_000,
    stopTimeoutMs: 120_000,
    ready: async () => {
      const change = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO 'throw-away'";
      await withNeo4j(port, 'neo4j', (driver) => driver.executeQuery(change, {}, { database: 'system' }));
    },
    signal,
  });
  await withNeo4j(port, 'throw-away', (driver) =>
    driver.executeQuery('RETURN apoc.version()', {}, { database: 'neo4j' }),
  );
  await server.stop();
  await rm(home, { recursive: true, force: true });
}
