import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bootArchive } from './neo4j-archive.ts';
import { javaArguments, neo4jVersion, withNeo4j, writeConfiguration } from './neo4j-server.ts';
import { neo4jTools } from './neo4j-tools.ts';
import { choosePort } from './ports.ts';
import { startServer, stopLeftover } from './server.ts';
import type { LocalStore } from './types.ts';

/** Neo4j 5.26 community with APOC, out of Maven Central; Bolt only. */
export const neo4j: LocalStore = {
  name: 'neo4j',
  variable: 'NEO4J_URL',
  async launch(options) {
    const { dir, secrets, signal, progress } = options;
    const tools = await neo4jTools(options);
    await stopLeftover(dir, 'neo4j', progress);
    const dataDir = path.join(dir, 'neo4j');
    const password = await secrets.get('neo4j', dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const port = await choosePort(dir, 'neo4j', options.keepPort);
    const conf = await writeConfiguration(dataDir, port, tools);
    const archive = await bootArchive(tools, options);
    let version = 'Neo4j';
    const server = await startServer({
      name: 'neo4j',
      title: 'Neo4j',
      command: tools.java.path,
      args: javaArguments(dataDir, conf, tools, archive),
      dir,
      mark: `--home-dir=${dataDir}`,
      cwd: dataDir,
      env: { NEO4J_HOME: dataDir, NEO4J_CONF: conf },
      readyTimeoutMs: 180_000,
      ready: async () => {
        await setPassword(port, password, path.join(dataDir, 'password-set'));
        version = await withNeo4j(port, password, neo4jVersion);
      },
      signal,
    });
    return {
      row: { store: 'neo4j', version, address: `127.0.0.1:${port}`, dataDir, pid: server.pid },
      environment: { NEO4J_URL: `bolt://127.0.0.1:${port}`, NEO4J_USER: 'neo4j', NEO4J_PASSWORD: password },
      ended: server.ended,
      stop: server.stop,
    };
  },
};

/** The first boot knows the factory password only; a second JVM to set it beforehand would cost seconds. */
async function setPassword(port: number, password: string, done: string): Promise<void> {
  if (existsSync(done)) return;
  const change = 'ALTER CURRENT USER SET PASSWORD FROM $from TO $to';
  try {
    await withNeo4j(port, 'neo4j', (driver) =>
      driver.executeQuery(change, { from: 'neo4j', to: password }, { database: 'system' }),
    );
  } catch (error) {
    // A start that was killed between the change and the mark below has changed it already.
    if (!isUnauthorized(error)) throw error;
  }
  await withNeo4j(port, password, (driver) => driver.executeQuery('SHOW CURRENT USER', {}, { database: 'system' }));
  await writeFile(done, '');
}

const isUnauthorized = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).endsWith('Unauthorized');
