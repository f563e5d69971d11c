import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MongoHome } from './mongo.ts';
import { MONGO_USER, mongoUrl, mongoVersion, withMongo } from './mongo-client.ts';
import { choosePort } from './ports.ts';
import { pythonTools } from './python-tools.ts';
import { type Server, startServer } from './server.ts';
import type { LaunchOptions, RunningStore } from './types.ts';

/** SecantusDB, MongoDB's protocol on WiredTiger, as a process of its own; for development, not for production. */
export async function launchSecantus(home: MongoHome, options: LaunchOptions): Promise<RunningStore> {
  const { dataDir, password } = home;
  const { python } = await pythonTools(options, 'MongoDB', 'MONGODB_URL');
  const port = await choosePort(options.dir, 'mongo', options.keepPort);
  const users = path.join(dataDir, 'users-made');
  if (!existsSync(users)) {
    const open = await start(python, ['--noop-heartbeat-seconds', '0'], port, home, options, async () => {
      await withMongo(port, undefined, (admin) => admin.command({ ping: 1 }));
    });
    try {
      await makeUser(port, password);
      await writeFile(users, MONGO_USER);
    } finally {
      await open.stop();
    }
  }
  let version = '';
  const server = await start(python, ['--auth'], port, home, options, async () => {
    version = await withMongo(port, password, mongoVersion);
  });
  return {
    row: {
      store: 'mongo',
      version: `SecantusDB 0.7.0b3 (MongoDB ${version} protocol)`,
      address: `127.0.0.1:${port}`,
      dataDir,
      pid: server.pid,
    },
    environment: { MONGODB_URL: mongoUrl(port, password, 'secantus') },
    ended: server.ended,
    stop: server.stop,
  };
}

async function makeUser(port: number, password: string): Promise<void> {
  await withMongo(port, undefined, async (admin) => {
    // A start that was killed half-way may have made it already.
    await admin.command({ dropUser: MONGO_USER }).catch(() => {});
    await admin.command({ createUser: MONGO_USER, pwd: password, roles: [{ role: 'root', db: 'admin' }] });
  });
}

function start(
  python: string,
  extra: readonly string[],
  port: number,
  { dataDir }: MongoHome,
  { dir, durable, signal }: LaunchOptions,
  ready: () => Promise<void>,
): Promise<Server> {
  const args = ['-m', 'secantus', '--host', '127.0.0.1', '--port', String(port), '--storage-path', dataDir];
  args.push('--log-level', 'WARNING', '--cache-size', '256M', ...(durable ? ['--sync-on-commit'] : []), ...extra);
  return startServer({
    name: 'mongo',
    title: 'SecantusDB',
    command: python,
    args,
    dir,
    mark: dataDir,
    cwd: dataDir,
    ready,
    signal,
  });
}
