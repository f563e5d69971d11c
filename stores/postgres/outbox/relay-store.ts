import type pg from 'pg';
import type { Logger } from '#platform/log';
import { readAddress } from '../address.ts';
import { type DatabasePlace, type Placement, urlIn } from '../placement.ts';
import { createPostgresPool, type OnPrimary, sameServer } from '../pool.ts';
import { createResidence } from '../residence.ts';
import { urlOfRole } from '../roles.ts';
import { listenToOutbox } from './listener.ts';
import { createPlacedQueue } from './placed-queue.ts';
import type { OutboxQueue } from './queue.ts';
import { reaching } from './reaching.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';

/** What the relay's role may do in PostgreSQL, and nothing else may. Never reachable from a resolver. */
export interface RelayStore {
  /** Of all places together. */
  readonly queue: OutboxQueue;
  readonly searchIndex: SearchIndex;
  /** Calls `onWake` when something was appended, until the returned function is called. */
  listen(onWake: () => void): () => Promise<void>;
  close(): Promise<void>;
}

export interface RelayStoreOptions {
  /** The migrator's; the relay connects as `polygraph_relay` with a derived password. */
  url: string;
  secrets: readonly [string, ...string[]];
  poolSize?: number;
  /** Longest one statement may take. */
  timeoutMs?: number;
  onPrimary?: OnPrimary | undefined;
  log: Logger;
}

/** Opens no connection until the first statement. */
export function openRelayStore(options: RelayStoreOptions): RelayStore {
  const { url, secrets, poolSize = 4, timeoutMs = 10_000, onPrimary = sameServer, log } = options;
  const open = (where: string, size: number): pg.Pool =>
    createPostgresPool({
      url: urlOfRole(where, 'relay', secrets),
      ...{ size, timeoutMs, applicationName: 'polygraph relay', onPrimary, log },
    });
  const shared = open(url, poolSize);
  const own = new Map<string, pg.Pool>();
  const openOwn = (place: DatabasePlace): pg.Pool => {
    const pool = open(urlIn(url, place), POOL_OF_ONE_DATABASE);
    own.set(place.name, pool);
    return pool;
  };
  const poolOf = (placement: Placement): pg.Pool =>
    placement.kind === 'database' ? (own.get(placement.name) ?? openOwn(placement)) : shared;
  const residence = createResidence({ lookUp: (id) => reaching(() => readAddress(shared, id)), patienceMs: 5_000 });
  return {
    queue: createPlacedQueue({ shared, poolOf, log }),
    searchIndex: createSearchIndex(poolOf, residence),
    listen(onWake) {
      const connection = () => ({
        connectionString: onPrimary(urlOfRole(url, 'relay', secrets)),
        application_name: 'polygraph relay listener',
      });
      const listener = listenToOutbox(connection, onWake, log);
      return () => listener.close();
    },
    async close() {
      await Promise.all([shared, ...own.values()].map((pool) => pool.end()));
    },
  };
}

/** The relay asks one question at a time; a second connection carries what it answers with. */
const POOL_OF_ONE_DATABASE = 2;
