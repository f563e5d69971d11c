import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { Logger } from '#platform/log';
import type { StoreBreaker } from '../breaker.ts';
import type { Route } from './adapter.ts';
import type { DatabasePlace } from './placement.ts';
import { createPostgresPool, type OnPrimary } from './pool.ts';

export interface DedicatedPools {
  /**
   * Opens no connection. Ask for each statement and keep none: a pool that nobody asks for is let go of.
   * @param size most connections from now on
   */
  of(place: DatabasePlace, size: number): Route;
  /** Open now, all databases together. */
  connections(): number;
  close(): Promise<void>;
}

export interface DedicatedPoolsOptions {
  urlOf: (place: DatabasePlace) => string;
  newBreaker: () => StoreBreaker;
  /** Databases with a pool. With the connections of each, this is what they may take of the server's. */
  maxPools: number;
  /** How long a connection is kept that nobody uses. */
  idleMs: number;
  timeoutMs: number;
  onPrimary: OnPrimary;
  log: Logger;
}

/**
 * A small pool for each database of a tenant's own, the least recently used let
 * go of. One that was let go of serves what it has begun, and its connections
 * close when they have been idle: only for these seconds can there be more than
 * those of `maxPools`. Each database has a breaker, so that one that is
 * away costs its own tenant and nobody else.
 */
export function createDedicatedPools({
  urlOf,
  newBreaker,
  maxPools,
  idleMs,
  timeoutMs,
  onPrimary,
  log,
}: DedicatedPoolsOptions): DedicatedPools {
  /** Pools that have a connection, let go of or not. */
  const open = new Set<pg.Pool>();
  const routes = new LRUCache<string, Route>({ max: maxPools });
  const openRoute = (place: DatabasePlace, size: number): Route => {
    const options = { size, idleMs, timeoutMs, applicationName: 'polygraph', onPrimary, log, pipeline: true };
    const onOpen = (opened: pg.Pool): void => {
      opened.on('connect', () => open.add(pool));
      opened.on('remove', () => pool.totalCount === 0 && open.delete(pool));
    };
    const pool = createPostgresPool({ url: urlOf(place), onOpen, ...options });
    const route = { pool, breaker: newBreaker() };
    routes.set(place.name, route);
    return route;
  };
  return {
    of(place, size) {
      const route = routes.get(place.name) ?? openRoute(place, size);
      // The pool looks at it whenever it is asked; what is open beyond it closes when it is idle.
      route.pool.options.max = size;
      return route;
    },
    connections: () => [...open].reduce((total, { totalCount }) => total + totalCount, 0),
    async close() {
      const pools = new Set([...open, ...[...routes.values()].map(({ pool }) => pool)]);
      routes.clear();
      await Promise.all([...pools].map((pool) => pool.end()));
    },
  };
}
