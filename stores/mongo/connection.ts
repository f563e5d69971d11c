import { MongoClient, MongoNotConnectedError, MongoServerError } from 'mongodb';
import type { Logger } from '#platform/log';
import { createStoreBreaker, type StoreBreaker } from '../breaker.ts';
import { isMongoUnreachable } from './unreachable.ts';

/** One user's way to the server, with a pool and a breaker of its own: its trouble is nobody else's. */
export interface MongoConnection {
  /** Connected or not. */
  client(): MongoClient;
  /** @throws PolygraphError STORE_UNAVAILABLE where the server is out of reach, too slow, or refuses the user */
  run<T>(command: (client: MongoClient) => Promise<T>): Promise<T>;
  state: StoreBreaker['state'];
  close(): Promise<void>;
}

export interface MongoConnectionOptions {
  /** Of a replica set. Several where a password is being changed: the first that the server takes is kept. */
  urls: readonly [string, ...string[]];
  poolSize: number;
  timeoutMs: number;
  log: Logger;
}

/** Opens without I/O: a server that is down at the start is found again when it is up. */
export function connectMongo({ urls, poolSize, timeoutMs, log }: MongoConnectionOptions): MongoConnection {
  const open = (url: string): MongoClient => {
    const client = new MongoClient(url, {
      appName: 'polygraph',
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      heartbeatFrequencyMS: Math.max(500, timeoutMs),
      maxPoolSize: poolSize,
      retryReads: true,
      retryWrites: true,
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      ignoreUndefined: true,
      // Bytes come back as such, and not in a class of the driver.
      promoteBuffers: true,
    });
    // A failed heartbeat already shows in the breaker; unheard, this event would end the process.
    client.on('error', (error) => log.warn({ err: error }, 'mongo client'));
    return client;
  };
  const clients = urls.map(open);
  let at = 0;
  const chosen = (): MongoClient => clients[at] ?? fail();
  let closed = false;
  // The driver connects by itself, but when its first attempt fails it keeps the dead topology for good.
  // `connect` makes a new one then, and costs nothing while it has one.
  const connected = async (client: MongoClient): Promise<MongoClient> => {
    if (closed) throw new MongoNotConnectedError('This process has closed MongoDB.');
    return client.connect();
  };
  const run = async <T>(command: (client: MongoClient) => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried += 1) {
      const client = chosen();
      try {
        return await command(await connected(client));
      } catch (error) {
        if (!isRefused(error) || tried === clients.length) throw error;
        // Who is refused has done nothing, so the next one may do it; unless another command has found that out already.
        if (client === chosen()) at = (at + 1) % clients.length;
        await client.close();
      }
    }
  };
  const breaker = createStoreBreaker({ store: 'mongo', isUnreachable: isMongoUnreachable, timeoutMs });
  return {
    client: chosen,
    run: (command) => breaker.run(() => run(command)),
    state: breaker.state,
    async close() {
      closed = true;
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

function fail(): never {
  throw new TypeError('A connection has a URL.');
}

const isRefused = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === AUTHENTICATION_FAILED;
const AUTHENTICATION_FAILED = 18;
