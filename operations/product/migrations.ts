import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { migrateMongo } from '#stores/mongo/migrate';
import { documentKeys } from '#stores/mongo/places/credentials';
import { migrateNeo4j } from '#stores/neo4j/migrate';
import { migratePostgres } from '#stores/postgres/migrate';
import type { Stores } from '#stores/stores';

export interface Migrations {
  /** Names of the stores that are not migrated yet, because they do not answer. */
  pending(): readonly string[];
  /** Settles when all are migrated, or after the time. */
  settled(withinMs: number): Promise<void>;
  /** Settles when PostgreSQL is, however long it takes. */
  readonly postgres: Promise<void>;
  stop(): void;
}

/**
 * Migrates the stores side by side. A store that does not answer is asked again
 * until it does: the product starts without it, and its fields are served from
 * the moment it is back. Safe to run in any number of processes at once.
 */
export function migrateStores(settings: Settings, stores: Stores, log: Logger): Migrations {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, MONGODB_URL, MONGODB_ADMIN_URL = MONGODB_URL } = settings;
  const keys = documentKeys(secrets);
  const { onPrimary } = stores.postgres.servers;
  const stopped = new AbortController();
  const pending = new Set<string>();

  const untilDone = async (store: string, step: () => Promise<unknown>): Promise<void> => {
    pending.add(store);
    for (let pauseMs = 250; !stopped.signal.aborted; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        await step();
        pending.delete(store);
        return;
      } catch (error) {
        log.warn({ store, err: error }, 'not migrated yet; will be tried again');
        await sleep(pauseMs, undefined, { signal: stopped.signal }).catch(() => {});
      }
    }
  };
  const postgres = untilDone('PostgreSQL', () => migratePostgres({ url: onPrimary(url), secrets, log }));
  const all = Promise.all([
    postgres,
    untilDone('MongoDB', () => migrateMongo({ url: MONGODB_ADMIN_URL, keys, log, patienceMs: 2_000 })),
    untilDone('Neo4j', () => migrateNeo4j(stores.neo4j)),
  ]);

  return {
    postgres,
    pending: () => [...pending],
    async settled(withinMs) {
      await Promise.race([all, sleep(withinMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {})]);
    },
    stop: () => stopped.abort(),
  };
}
