import { LRUCache } from 'lru-cache';
import { findPolygraphError } from '#platform/errors';
import type { Directory } from '#tenancy/directory';

export interface CachedDirectoryOptions {
  directory: Directory;
  /** How long an answer is believed. */
  freshSeconds: number;
  /** How long it is believed at most while the store behind the directory is away. */
  staleSeconds?: number;
  maxEntries?: number;
  now?: () => number;
}

/**
 * Believes the directory for a few seconds, and for longer only while its store
 * is unavailable. That is sound because memberships, tenants and keys are
 * revoked in that very store: while it is down nothing can be revoked that we
 * would miss. It is bounded, as a replica could be cut off from a primary that
 * still takes writes. An absent answer is never served stale.
 */
export function createCachedDirectory({
  directory,
  freshSeconds,
  staleSeconds = 300,
  maxEntries = 10_000,
  now = Date.now,
}: CachedDirectoryOptions): Directory {
  const entries = new LRUCache<string, Entry>({ max: maxEntries });
  const loading = new Map<string, Promise<Entry>>();

  const load = async <T>(key: string, ask: () => Promise<T>, fresh = freshSeconds): Promise<T> => {
    const entry = entries.get(key);
    const age = entry ? (now() - entry.at) / 1000 : Number.POSITIVE_INFINITY;
    if (entry && age < fresh) return entry.value as T;
    try {
      const read = await shared(key, ask);
      entries.set(key, read);
      return read.value as T;
    } catch (error) {
      const away = findPolygraphError(error)?.code === 'STORE_UNAVAILABLE';
      if (entry?.value !== undefined && away && age < staleSeconds) return entry.value as T;
      throw error;
    }
  };

  /** Many requests of one principal ask for the same row at once: one of them reads. */
  const shared = (key: string, ask: () => Promise<unknown>): Promise<Entry> => {
    const running = loading.get(key);
    if (running) return running;
    // It is as old as the question: what changes while the answer is on its way may not be in it.
    const at = now();
    const started = ask()
      .then((value) => ({ value, at }))
      .finally(() => loading.delete(key));
    loading.set(key, started);
    return started;
  };

  return {
    tenant: (id) => load(`tenant/${id}`, () => directory.tenant(id), Math.min(freshSeconds, TENANT_SECONDS)),
    membership: (tenantId, userId) =>
      load(`membership/${tenantId}/${userId}`, () => directory.membership(tenantId, userId)),
    apiKey: (prefix) => load(`key/${prefix}`, () => directory.apiKey(prefix)),
  };
}

/** A tenant that is suspended is refused within a second. */
const TENANT_SECONDS = 0.9;

interface Entry {
  readonly value: unknown;
  readonly at: number;
}
