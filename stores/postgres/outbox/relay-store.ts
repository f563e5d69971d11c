import type { Logger } from '#platform/log';
import { createPostgresPool } from '../pool.ts';
import { urlOfRole } from '../roles.ts';
import { listenToOutbox } from './listener.ts';
import { createOutboxQueue, type OutboxQueue } from './queue.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';

/** What the relay's role may do in PostgreSQL, and nothing else may. Never reachable from a resolver. */
export interface RelayStore {
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
  log: Logger;
}

/** Opens no connection until the first statement. */
export function openRelayStore({ url, secrets, poolSize = 4, timeoutMs = 10_000, log }: RelayStoreOptions): RelayStore {
  const relayUrl = urlOfRole(url, 'relay', secrets);
  const pool = createPostgresPool({
    url: relayUrl,
    size: poolSize,
    timeoutMs,
    applicationName: 'polygraph relay',
    log,
  });
  return {
    queue: createOutboxQueue(pool),
    searchIndex: createSearchIndex(pool),
    listen(onWake) {
      const connection = { connectionString: relayUrl, application_name: 'polygraph relay listener' };
      const listener = listenToOutbox(connection, onWake, log);
      return () => listener.close();
    },
    close: () => pool.end(),
  };
}
