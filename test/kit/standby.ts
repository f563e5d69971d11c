import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createLogger } from '#platform/log';
import { startLocalStores, TOOLS_DIR } from '#stores/local/index';
import { choosePort } from '#stores/local/ports';
import { postgresHome } from '#stores/local/postgres-home';
import { run } from '#stores/local/run';
import { openSecrets } from '#stores/local/secrets';
import { startServer } from '#stores/local/server';

/** A primary of its own, and a standby that follows it by streaming replication: two real servers. */
export interface ReplicatedPostgres {
  /** As the superuser. */
  readonly url: string;
  readonly standbyUrl: string;
  /** Resolves when the standby has all that the primary has: it follows without being waited for. */
  caughtUp(): Promise<void>;
  /** Ends the primary as a crash would. It stays away until the pause is over. */
  killPrimary(): void;
  /** Makes the standby a primary. */
  promote(): Promise<void>;
  close(): Promise<void>;
}

/** @param awayMs how long a killed primary is away */
export async function startReplicatedPostgres(awayMs: number): Promise<ReplicatedPostgres> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-test-pair-'));
  const log = createLogger({ level: 'silent' });
  const stores = await startLocalStores({ dir, only: ['postgres'], durable: false, log, restartPauseMs: awayMs });
  const url = stores.environment.DATABASE_URL ?? '';
  const standbyDir = path.join(dir, 'standby');
  await mkdir(path.join(standbyDir, 'logs'), { recursive: true, mode: 0o755 });
  const giveUp = new AbortController();
  const options = {
    ...{ dir: standbyDir, toolsDir: TOOLS_DIR, durable: false, log, signal: giveUp.signal },
    secrets: await openSecrets(dir),
    progress: () => undefined,
  };
  const { server, dataDir, user } = await postgresHome(options);
  const { port: primaryPort, username, password } = new URL(url);
  const env = { LD_LIBRARY_PATH: path.join(server, 'lib'), PGPASSWORD: decodeURIComponent(password) };
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (user) await chown(dataDir, user.uid, user.gid);
  const from = ['-h', '127.0.0.1', '-p', primaryPort, '-U', username];
  const base = ['-D', dataDir, '-X', 'stream', '-R', '--no-sync', '--checkpoint=fast'];
  const asUser = { cwd: dataDir, env, signal: giveUp.signal, ...(user ? { user } : {}) };
  await run(path.join(server, 'bin', 'pg_basebackup'), [...from, ...base], asUser);
  const port = await choosePort(standbyDir, 'standby');
  const standbyUrl = Object.assign(new URL(url), { port: String(port) }).href;
  const ask = async (at: string, text: string): Promise<unknown> => {
    const client = new pg.Client({ connectionString: at, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ answer: unknown }>(text);
      return rows[0]?.answer;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const standby = await startServer({
    ...{ name: 'standby', title: 'The standby', dir: standbyDir, mark: dataDir, cwd: dataDir, env, user },
    command: path.join(server, 'bin', 'postgres'),
    args: ['-D', dataDir, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    stopSignal: 'SIGINT',
    ready: async () => void (await ask(standbyUrl, 'SELECT 1')),
    signal: giveUp.signal,
  });
  return {
    url,
    standbyUrl,
    killPrimary: () => void process.kill(stores.rows[0]?.pid ?? 0, 'SIGKILL'),
    async caughtUp() {
      // The end of a segment is flushed with all before it: commits of this primary do not wait for that.
      const written = String(await ask(url, 'SELECT pg_switch_wal()::text AS answer'));
      const replayed = `SELECT pg_last_wal_replay_lsn() >= '${written}'::pg_lsn AS answer`;
      while ((await ask(standbyUrl, replayed)) !== true) await sleep(20);
    },
    promote: async () => void (await ask(standbyUrl, 'SELECT pg_promote()')),
    async close() {
      giveUp.abort();
      await Promise.all([standby.stop(), stores.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'fsync=off'];
