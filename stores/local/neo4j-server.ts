import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import neo4jDriver, { type Driver } from 'neo4j-driver';
import type { Neo4jTools } from './neo4j-tools.ts';

/** Neo4j refuses to start over one unknown key, so these are only the ones 5.26 knows. */
export async function writeConfiguration(home: string, port: number, tools: Neo4jTools): Promise<string> {
  const conf = path.join(home, 'conf');
  await mkdir(conf, { recursive: true });
  const lines = {
    'server.directories.plugins': path.join(tools.dir, 'plugins'),
    'server.bolt.listen_address': `127.0.0.1:${port}`,
    'server.bolt.advertised_address': `127.0.0.1:${port}`,
    'server.http.enabled': 'false',
    'server.https.enabled': 'false',
    'server.memory.pagecache.size': '64m',
    'db.tx_log.rotation.retention_policy': '64M size',
    'dbms.usage_report.enabled': 'false',
    // Without it a stop waits ten seconds for clients that are gone.
    'internal.dbms.bolt.netty_server_shutdown_quiet_period': '0',
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}`);
  await writeFile(path.join(conf, 'neo4j.conf'), `${text.join('\n')}\n`);
  return conf;
}

/** One small heap, the plain collector and the quick compiler: a start costs half the CPU of the defaults. */
export function javaArguments(
  home: string,
  conf: string,
  { java, classPath }: Neo4jTools,
  extra: readonly string[],
): string[] {
  const opens = ['java.nio', 'java.io', 'sun.nio.ch'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
  return [
    ...['-Xms512m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...opens,
    '--enable-native-access=ALL-UNNAMED',
    ...(java.major >= 20 ? ['--add-modules', 'jdk.incubator.vector'] : []),
    ...(java.major >= 23 ? ['--sun-misc-unsafe-memory-access=allow'] : []),
    ...extra,
    `@${classPath}`,
    'org.neo4j.server.CommunityEntryPoint',
    `--home-dir=${home}`,
    `--config-dir=${conf}`,
  ];
}

/** Runs `work` with a driver; rejects while the server does not answer. */
export async function withNeo4j<T>(port: number, password: string, work: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = neo4jDriver.driver(`bolt://127.0.0.1:${port}`, neo4jDriver.auth.basic('neo4j', password), {
    connectionTimeout: 3_000,
    maxTransactionRetryTime: 0,
    telemetryDisabled: true,
  });
  try {
    return await work(driver);
  } finally {
    await driver.close();
  }
}

export async function neo4jVersion(driver: Driver): Promise<string> {
  const { records } = await driver.executeQuery(
    'CALL dbms.components() YIELD versions RETURN versions[0] AS version, apoc.version() AS apoc',
    {},
    { database: 'neo4j' },
  );
  return `Neo4j ${records[0]?.get('version')} + APOC ${records[0]?.get('apoc')}`;
}
