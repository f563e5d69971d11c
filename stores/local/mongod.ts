import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MongoHome } from './mongo.ts';
import { MONGO_USER, mongoUrl, mongoVersion, withMongo } from './mongo-client.ts';
import { choosePort } from './ports.ts';
import { startServer } from './server.ts';
import type { LaunchOptions, RunningStore } from './types.ts';

/** A real mongod as a replica set of one, with authentication. */
export async function launchMongod(binary: string, home: MongoHome, options: LaunchOptions): Promise<RunningStore> {
  const { dataDir, password } = home;
  const { dir, signal } = options;
  const port = await choosePort(dir, 'mongo', options.keepPort);
  const keyFile = path.join(dataDir, 'members.key');
  if (!existsSync(keyFile)) await writeFile(keyFile, randomBytes(48).toString('base64'), { mode: 0o400 });
  const args = ['--dbpath', dataDir, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', REPLICA_SET];
  let version = '';
  const server = await startServer({
    name: 'mongo',
    title: 'MongoDB',
    command: binary,
    args: [...args, '--keyFile', keyFile, '--wiredTigerCacheSizeGB', '0.25', '--nounixsocket'],
    dir,
    mark: dataDir,
    cwd: dataDir,
    ready: async () => {
      await prepare(port, password);
      version = await withMongo(port, password, mongoVersion);
    },
    signal,
  });
  return {
    row: { store: 'mongo', version: `MongoDB ${version}`, address: `127.0.0.1:${port}`, dataDir, pid: server.pid },
    environment: { MONGODB_URL: mongoUrl(port, password, REPLICA_SET) },
    ended: server.ended,
    stop: server.stop,
  };
}

const REPLICA_SET = 'polygraph';
const ALREADY_INITIALISED = 23;

/**
 * Makes the set and its first user through the localhost exception, which
 * closes for good when the user exists. Each step may have been done before.
 */
async function prepare(port: number, password: string): Promise<void> {
  if (await withMongo(port, password, isPrimary).catch(() => false)) return;
  await withMongo(port, undefined, async (admin) => {
    const config = { _id: REPLICA_SET, members: [{ _id: 0, host: `127.0.0.1:${port}` }] };
    await admin.command({ replSetInitiate: config }).catch((error: { code?: number }) => {
      if (error.code !== ALREADY_INITIALISED) throw error;
    });
    if (!(await isPrimary(admin))) throw new Error('the replica set has no primary yet');
    await admin.command({ createUser: MONGO_USER, pwd: password, roles: ['root'] });
  });
}

async function isPrimary(admin: Parameters<typeof mongoVersion>[0]): Promise<boolean> {
  return (await admin.command({ hello: 1 })).isWritablePrimary === true;
}
