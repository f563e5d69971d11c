import { LRUCache } from 'lru-cache';
import { createTenantAdapter, type Route } from './adapter.ts';
import { createClient } from './client.ts';
import type { TenantGate } from './gates.ts';
import type { PrismaClient } from './generated/client.ts';
import type { Placement } from './placement.ts';

export interface TenantClients {
  of(placement: Placement): PrismaClient;
  /** Keeps the client from being let go of while `work` runs. */
  hold<T>(placement: Placement, work: (client: PrismaClient) => Promise<T>): Promise<T>;
  readonly size: number;
  close(): Promise<void>;
}

export interface TenantClientsOptions {
  route: (placement: Placement) => Route;
  readRoutes: (placement: Placement) => readonly Route[];
  gate: (placement: Placement) => TenantGate;
  /** Each takes about 50 KiB, and a third of a millisecond to make. */
  max: number;
}

interface Entry {
  readonly client: PrismaClient;
  holders: number;
  evicted: boolean;
}

/** One Prisma client a tenant, the least recently used let go of. Those of one place share its connections. */
export function createTenantClients({ route, readRoutes, gate, max }: TenantClientsOptions): TenantClients {
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
  const entryOf = (placement: Placement): Entry => {
    const key = `${placement.kind} ${placement.tenantId} ${placement.generation ?? ''}`;
    const known = entries.get(key);
    if (known) return known;
    const client = createClient(
      createTenantAdapter({
        placement,
        route: () => route(placement),
        readRoutes: () => readRoutes(placement),
        gate: () => gate(placement),
      }),
    );
    const entry: Entry = { client, holders: 0, evicted: false };
    entries.set(key, entry);
    return entry;
  };
  return {
    of: (placement) => entryOf(placement).client,
    async hold(placement, work) {
      const entry = entryOf(placement);
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
