import { type ClientSession, type Db, MongoClient, MongoNotConnectedError } from 'mongodb';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { assertMinted, type TenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import { createStoreBreaker, type StoreBreaker } from '../breaker.ts';
import type { Store } from '../stores.ts';
import { createTenantCollection, type TenantCollection } from './collection.ts';
import type { CollectionName } from './documents.ts';
import { runTransaction } from './transaction.ts';
import { isMongoUnreachable } from './unreachable.ts';

export { average, count, first, largest, percentiles, smallest, sum } from './aggregate.ts';
export type { FindOptions, TenantCollection } from './collection.ts';
export type { CollectionName, Documents, EventKind, FlatJson, Keys } from './documents.ts';
export { EVENT_KINDS } from './documents.ts';
export { eq, exists, oneOf, range, type Sort, type Where } from './filter.ts';

/** MongoDB of the process. */
export interface Mongo extends Store<TenantMongo> {
  readonly name: 'mongo';
  readonly database: string;
  breakerState(): ReturnType<StoreBreaker['state']>;
  /**
   * The driver's own database, every tenant in it: for migrations, checks of the
   * installation and test fixtures. Never reachable from a resolver.
   * @param reason why, for the log
   */
  dangerouslyAsSystem(reason: string): Db;
}

/** MongoDB as one tenant reaches it. */
export interface TenantMongo {
  readonly tenantId: string;
  readonly tier: Tier;
  collection<K extends CollectionName>(name: K): TenantCollection<K>;
  /**
   * All or nothing, at snapshot isolation. `run` uses the handle it is given, in
   * sequence, and may run again when it lost a race.
   */
  transaction<T>(run: (mongo: TenantMongo) => Promise<T>): Promise<T>;
}

export interface MongoOptions {
  /** A replica set: transactions need one. */
  url: string;
  timeoutMs: number;
  database?: string;
  log: Logger;
}

/** Opens without I/O: a server that is down at the start costs its own fields only, and is found again when it is up. */
export function openMongo({ url, timeoutMs, database = 'polygraph', log }: MongoOptions): Mongo {
  const client = new MongoClient(url, {
    appName: 'polygraph',
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    waitQueueTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: Math.max(500, timeoutMs),
    maxPoolSize: 50,
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
  const db = client.db(database);
  let closed = false;
  // The driver connects by itself, but when its first attempt fails it keeps the dead topology for good.
  // `connect` makes a new one then, and costs nothing while it has one.
  const connect = async (): Promise<void> => {
    if (closed) throw new MongoNotConnectedError('This process has closed MongoDB.');
    await client.connect();
  };
  const calls = createStoreBreaker({ store: 'mongo', isUnreachable: isMongoUnreachable, timeoutMs });
  const breaker: StoreBreaker = {
    run: (call) => calls.run((signal) => connect().then(() => call(signal))),
    state: calls.state,
  };

  const handle = (tenantId: string, tier: Tier, session: ClientSession | undefined): TenantMongo => ({
    tenantId,
    tier,
    collection: (name) => createTenantCollection(name, { db, tenantId, breaker, timeoutMs, session }),
    async transaction(run) {
      if (session) throw new TypeError('A transaction cannot hold another.');
      await breaker.run(connect);
      tally('mongo', () => ({ text: JSON.stringify({ commitTransaction: 1 }), tenantId }));
      return runTransaction(client, timeoutMs * TRANSACTION_COMMANDS, (inner) => run(handle(tenantId, tier, inner)));
    },
  });

  return {
    name: 'mongo',
    database,
    breakerState: () => breaker.state(),
    ping: () => breaker.run(async () => void (await db.command({ ping: 1 }))),
    forTenant(context: TenantContext) {
      assertMinted(context);
      return handle(context.tenantId, context.tier, undefined);
    },
    dangerouslyAsSystem(reason) {
      log.info({ store: 'mongo', reason }, 'system access');
      return db;
    },
    async close() {
      closed = true;
      await client.close();
    },
  };
}

/** A transaction is a few commands; together they may take this many times the budget of one. */
const TRANSACTION_COMMANDS = 5;
