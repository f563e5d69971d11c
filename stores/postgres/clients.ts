import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { StoreBreaker } from '../breaker.ts';
import { createTenantAdapter } from './adapter.ts';
import { PrismaClient } from './generated/client.ts';

export interface TenantClients {
  of(tenantId: string): PrismaClient;
  /** Keeps the client from being let go of while `work` runs. */
  hold<T>(tenantId: string, work: (client: PrismaClient) => Promise<T>): Promise<T>;
  readonly size: number;
  close(): Promise<void>;
}

export interface TenantClientsOptions {
  pool: pg.Pool;
  breaker: StoreBreaker;
  /** Each takes about 300 KiB. */
  max: number;
}

interface Entry {
  readonly client: PrismaClient;
  holders: number;
  evicted: boolean;
}

/** One Prisma client a tenant, the least recently used let go of. They share the connections. */
export function createTenantClients({ pool, breaker, max }: TenantClientsOptions): TenantClients {
  const leaving = new Set<Promise<void>>();
  const letGo = (entry: Entry): void => {
    if (!entry.evicted || entry.holders > 0) return;
    const done: Promise<void> = entry.client.$disconnect().finally(() => leaving.delete(done));
    leaving.add(done);
  };
  const entries = new LRUCache<string, Entry>({
    max,
    dispose: (entry) => {
      entry.evicted = true;
      letGo(entry);
    },
  });
  const entryOf = (tenantId: string): Entry => {
    const known = entries.get(tenantId);
    if (known) return known;
    const client = new PrismaClient({
      adapter: createTenantAdapter({ pool, tenantId, breaker }),
      errorFormat: 'minimal',
    });
    const entry: Entry = { client, holders: 0, evicted: false };
    entries.set(tenantId, entry);
    return entry;
  };
  return {
    of: (tenantId) => entryOf(tenantId).client,
    async hold(tenantId, work) {
      const entry = entryOf(tenantId);
      entry.holders += 1;
      try {
        return await work(entry.client);
      } finally {
        entry.holders -= 1;
        letGo(entry);
      }
    },
    get size() {
      return entries.size;
    },
    async close() {
      entries.clear();
      await Promise.allSettled(leaving);
    },
  };
}
