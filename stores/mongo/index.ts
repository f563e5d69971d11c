import { randomUUID } from 'node:crypto';
import type { ClientSession, Db } from 'mongodb';
import { PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { SealingKeys } from '#platform/sealing';
import { tally } from '#platform/tally';
import { assertMinted, type TenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import type { StoreBreaker } from '../breaker.ts';
import { placeNameOf } from '../place-name.ts';
import type { Store } from '../stores.ts';
import { createTenantCollection, type TenantCollection, type TenantRoad } from './collection.ts';
import { connectMongo, type MongoConnection } from './connection.ts';
import type { CollectionName } from './documents.ts';
import { urlsOfTenant } from './places/credentials.ts';
import { createOwnConnections } from './places/own-connections.ts';
import { lookAtPlaces, tellBusy, type Where } from './places/record.ts';
import { createPlaceWatch, type PlaceTimings } from './places/watch.ts';
import { runTransaction } from './transaction.ts';

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
  /** Of the users of tenants with a database of their own; without them, nothing of those is served. */
  keys?: SealingKeys | undefined;
  timings?: PlaceTimings;
  log: Logger;
}

/** Opens without I/O: a server that is down at the start costs its own fields only, and is found again when it is up. */
export function openMongo({ url, timeoutMs, database = 'polygraph', keys, timings, log }: MongoOptions): Mongo {
  const shared = connectMongo({ urls: [url], poolSize: SHARED_POOL, timeoutMs, log });
  const own = createOwnConnections({
    open: (tenantId) =>
      connectMongo({ urls: urlsOfTenant(url, tenantId, demand(keys)), poolSize: OWN_POOL, timeoutMs, log }),
  });
  const processId = randomUUID();
  const places = createPlaceWatch({
    look: () => shared.run((client) => lookAtPlaces(client.db(database), timeoutMs)),
    tellBusy: (tenantId, busy) => shared.run((client) => tellBusy(client.db(database), tenantId, processId, busy)),
    ...(timings ? { timings } : {}),
  });
  const placeOf = (tenantId: string, where: Where): Place =>
    where === 'own'
      ? { connection: own.of(tenantId), name: placeNameOf(tenantId) }
      : { connection: shared, name: database };
  const road = (tenantId: string): TenantRoad => {
    const through =
      <T>(command: (db: Db) => Promise<T>) =>
      (where: Where): Promise<T> => {
        const { connection, name } = placeOf(tenantId, where);
        return connection.run((client) => command(client.db(name)));
      };
    return {
      read: (command) => places.reading(tenantId, through(command)),
      write: (command) => places.writing(tenantId, through(command)),
    };
  };

  const handle = (tenantId: string, tier: Tier): TenantMongo => ({
    tenantId,
    tier,
    collection: (name) =>
      createTenantCollection(name, { road: road(tenantId), tenantId, timeoutMs, session: undefined }),
    transaction: (run) =>
      places.writing(tenantId, async (where) => {
        const place = placeOf(tenantId, where);
        const client = await place.connection.run((connected) => Promise.resolve(connected));
        tally('mongo', () => ({ text: JSON.stringify({ commitTransaction: 1 }), tenantId }));
        return runTransaction(client, timeoutMs * TRANSACTION_COMMANDS, (session) =>
          run(within({ tenantId, tier, place, timeoutMs, session })),
        );
      }),
  });

  return {
    name: 'mongo',
    database,
    breakerState: shared.state,
    ping: () => shared.run(async (client) => void (await client.db(database).command({ ping: 1 }))),
    forTenant(context: TenantContext) {
      assertMinted(context);
      return handle(context.tenantId, context.tier);
    },
    dangerouslyAsSystem(reason) {
      log.info({ store: 'mongo', reason }, 'system access');
      return shared.client().db(database);
    },
    async close() {
      places.close();
      await Promise.all([shared.close(), own.close()]);
    },
  };
}

/** Where documents are, as a user who reaches them there. */
interface Place {
  readonly connection: MongoConnection;
  readonly name: string;
}

interface Within extends Pick<TenantMongo, 'tenantId' | 'tier'> {
  readonly place: Place;
  readonly timeoutMs: number;
  readonly session: ClientSession;
}

/** The handle inside a transaction, which stays where it began: nobody moves documents before it has ended. */
function within({ tenantId, tier, place, timeoutMs, session }: Within): TenantMongo {
  const send: TenantRoad['read'] = (command) => place.connection.run((client) => command(client.db(place.name)));
  const road = { read: send, write: send };
  return {
    tenantId,
    tier,
    collection: (name) => createTenantCollection(name, { road, tenantId, timeoutMs, session }),
    transaction: () => Promise.reject(new TypeError('A transaction cannot hold another.')),
  };
}

function demand(keys: SealingKeys | undefined): SealingKeys {
  if (keys) return keys;
  throw new PolygraphError(
    'NOT_SUPPORTED',
    'This process holds no keys of tenants’ own databases: give it POLYGRAPH_DOCUMENT_KEYS.',
  );
}

const SHARED_POOL = 50;
/** Of each tenant with a database of its own. */
const OWN_POOL = 5;
/** A transaction is a few commands; together they may take this many times the budget of one. */
const TRANSACTION_COMMANDS = 5;
