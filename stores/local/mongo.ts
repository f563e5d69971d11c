import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launchMongod } from './mongod.ts';
import { findMongod } from './mongod-binary.ts';
import { launchSecantus } from './secantus.ts';
import { stopLeftover } from './server.ts';
import type { LaunchOptions, LocalStore, RunningStore } from './types.ts';

/**
 * A one-node replica set: a real mongod where one is at hand or can be fetched,
 * else SecantusDB, which speaks the same protocol. They cannot read each other's
 * files, so a folder keeps the engine it began with.
 */
export const mongo: LocalStore = {
  name: 'mongo',
  variable: 'MONGODB_URL',
  async launch(options) {
    await stopLeftover(options.dir, 'mongo', options.progress);
    const choice = path.join(options.dir, 'mongo.engine');
    const former = existsSync(choice) ? (await readFile(choice, 'utf8')).trim() : undefined;
    const mongod = former === 'secantus' ? undefined : await findMongod(options, former === 'mongod');
    const engine = mongod ? 'mongod' : 'secantus';
    await writeFile(choice, `${engine}\n`);
    const dataDir = path.join(options.dir, engine);
    const password = await options.secrets.get('mongo', dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return mongod
      ? launchMongod(mongod, { dataDir, password }, options)
      : launchSecantus({ dataDir, password }, options);
  },
};

export interface MongoHome {
  readonly dataDir: string;
  readonly password: string;
}

export type MongoLauncher = (home: MongoHome, options: LaunchOptions) => Promise<RunningStore>;
