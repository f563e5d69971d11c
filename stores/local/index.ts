import { chmod, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '#platform/log';
import type { StoreName } from '#platform/tally';
import { takeLock } from './lock.ts';
import { mongo } from './mongo.ts';
import { neo4j } from './neo4j.ts';
import { postgres } from './postgres.ts';
import { announceRunning } from './running.ts';
import { openSecrets } from './secrets.ts';
import { type SupervisedStore, superviseStore } from './supervise.ts';
import { type LocalStore, LocalStoreError, type LocalStoreRow, type StoreEnvironment } from './types.ts';
import { valkey } from './valkey.ts';

export { LocalStoreError, type LocalStoreRow } from './types.ts';

export interface LocalStores {
  /** DATABASE_URL, MONGODB_URL, REDIS_URL, NEO4J_URL, NEO4J_USER, NEO4J_PASSWORD of the stores that run. */
  readonly environment: StoreEnvironment;
  /** As they run now: a store that was started again has another process. */
  readonly rows: readonly LocalStoreRow[];
  stop(): Promise<void>;
}

export interface LocalStoresOptions {
  /** Data, logs and passwords; kept between runs. */
  readonly dir: string;
  readonly log: Logger;
  readonly progress?: (line: string) => void;
  /** Which stores; all four when absent. */
  readonly only?: readonly StoreName[];
  /** false is quicker and loses data in a crash: for tests. */
  readonly durable?: boolean;
  readonly toolsDir?: string;
  /** How long a store that ended by itself stays down before it is started again; doubles while it does not come up. */
  readonly restartPauseMs?: number;
  /** Ends the start early and stops what was started. */
  readonly signal?: AbortSignal;
}

export const LOCAL_STORES: readonly LocalStore[] = [postgres, mongo, valkey, neo4j];

/** Where programs are installed, whichever folder the data are in. */
export const TOOLS_DIR = path.resolve(import.meta.dirname, '../../.polygraph/tools');

/**
 * Starts real stores on loopback, side by side, and resolves when all answer.
 * One that ends by itself is started again on its port, over its data. All end
 * with this process, however it ends.
 * @throws LocalStoreError that says what is missing and how to get it; nothing is left running then
 */
export async function startLocalStores(options: LocalStoresOptions): Promise<LocalStores> {
  const { log, progress = () => {}, only, durable = true, toolsDir = TOOLS_DIR, restartPauseMs } = options;
  const dir = path.resolve(options.dir);
  const wanted = LOCAL_STORES.filter((store) => only === undefined || only.includes(store.name));
  if (wanted.length === 0) return { environment: {}, rows: [], stop: async () => {} };

  await makeDirectories(dir, toolsDir);
  // What is installed knows its own path: through a link it would be taken for another's, and be installed again.
  const tools = await realpath(toolsDir);
  const unlock = await takeLock(path.join(dir, 'lock'));
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, ...(options.signal ? [options.signal] : [])]);
  const running: SupervisedStore[] = [];
  const stop = async (): Promise<void> => {
    giveUp.abort();
    await Promise.all(running.splice(0).map((store) => store.stop()));
    await unlock();
  };

  try {
    const secrets = await openSecrets(dir);
    const launch = async (store: LocalStore): Promise<SupervisedStore> => {
      const options = { dir, toolsDir: tools, secrets, durable, log, progress, signal };
      const supervised = await superviseStore(store, options, restartPauseMs);
      running.push(supervised);
      const { version, address, startedInMs } = supervised.row();
      progress(`${version} answers on ${address} after ${(startedInMs / 1000).toFixed(1)} s`);
      return supervised;
    };
    const launched = await allOrFirstFailure(wanted.map(launch), () => giveUp.abort());
    const environment: StoreEnvironment = Object.assign({}, ...launched.map((store) => store.environment));
    const unannounce = await announceRunning(dir, environment);
    return {
      environment,
      get rows() {
        return launched.map((store) => store.row());
      },
      stop: () => unannounce().then(stop),
    };
  } catch (error) {
    await stop();
    throw options.signal?.aborted ? new LocalStoreError('Stopped before the stores were ready.') : error;
  }
}

/** Waits for the others to settle after a failure, so that none is started behind the caller's back. */
async function allOrFirstFailure<T>(promises: readonly Promise<T>[], onFailure: () => void): Promise<T[]> {
  const failures: unknown[] = [];
  const watched = promises.map((promise) =>
    promise.catch((error: unknown) => {
      failures.push(error);
      onFailure();
      throw error;
    }),
  );
  const settled = await Promise.allSettled(watched);
  if (failures.length > 0) throw failures[0];
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function makeDirectories(dir: string, toolsDir: string): Promise<void> {
  await mkdir(path.join(dir, 'logs'), { recursive: true });
  await mkdir(toolsDir, { recursive: true });
  // Names are no secret, and PostgreSQL's own user must pass; what is in here has modes of its own.
  await chmod(dir, 0o711);
  await chmod(path.join(dir, 'logs'), 0o700);
}
