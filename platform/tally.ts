import { AsyncLocalStorage } from 'node:async_hooks';
import { type DescribeStatement, noteStatement } from './statements.ts';

export type StoreName = 'postgres' | 'mongo' | 'neo4j' | 'redis';
export type StoreCounts = Readonly<Record<StoreName, number>>;

/**
 * Counts the statements that one operation sends to each store.
 * Async context is good enough for counting and never used for tenancy: a
 * driver that batches two requests may credit one of them with both.
 */
export function withTally<T>(run: () => Promise<T>): Promise<{ result: T; counts: StoreCounts }> {
  const counts = zero();
  return storage.run(counts, async () => ({ result: await run(), counts }));
}

/** Called by the store adapters, once for each statement or command sent. `describe` is asked by tests only. */
export function tally(store: StoreName, describe: DescribeStatement): void {
  const counts = storage.getStore();
  if (!counts) return;
  counts[store] += 1;
  noteStatement(store, describe);
}

/** For what subgraphs of other processes report. */
export function addCounts(a: Partial<StoreCounts> = {}, b: Partial<StoreCounts> = {}): StoreCounts {
  const sum = zero();
  for (const store of STORES) sum[store] = (a[store] ?? 0) + (b[store] ?? 0);
  return sum;
}

const STORES = ['postgres', 'mongo', 'neo4j', 'redis'] as const;
const storage = new AsyncLocalStorage<Record<StoreName, number>>();
const zero = (): Record<StoreName, number> => ({ postgres: 0, mongo: 0, neo4j: 0, redis: 0 });
