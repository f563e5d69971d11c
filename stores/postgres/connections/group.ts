import type { Logger } from '#platform/log';
import { createRounds } from '#platform/rounds';
import type { Route } from '../adapter.ts';
import type { Balancer } from './balance.ts';
import type { DatabaseServer } from './server.ts';

/** Servers that hold the same data: one primary, and standbys that follow it. */
export interface ServerGroup {
  /** The one that takes writes, as far as is known. */
  primary(): DatabaseServer;
  /** Where a read is tried, in this order: a standby where one may serve it, the primary, and whoever else has the data. */
  readRoutes(): readonly Route[];
  servers(): readonly DatabaseServer[];
  /** Exchanges the servers. @returns those that are not among them any more, to be closed */
  replace(servers: readonly [DatabaseServer, ...DatabaseServer[]]): DatabaseServer[];
  /** Asks all now, and finds out which is the primary. */
  check(): Promise<void>;
  start(): void;
  stop(): void;
}

export interface ServerGroupOptions {
  /** The first is the primary until it is known better. */
  servers: readonly [DatabaseServer, ...DatabaseServer[]];
  balancer: Balancer;
  /** Between checks. */
  intervalMs?: number;
  log: Logger;
}

/**
 * It follows a promotion and makes none: who promotes a standby must know that
 * the old primary is gone, which cannot be seen from here. Of two that say they
 * are primary, the later timeline counts, so that one that comes back after it
 * was replaced gets no writes.
 */
export function createServerGroup({ servers, balancer, intervalMs = 1_000, log }: ServerGroupOptions): ServerGroup {
  const cutFor = new WeakMap<DatabaseServer, number>();
  let members = servers;
  let primary = servers[0];

  const elect = (): void => {
    const claims = members
      .map((server) => ({ server, facts: server.health().server }))
      .filter(({ facts }) => facts !== undefined && !facts.standby)
      .sort((a, b) => (b.facts?.timeline ?? 0) - (a.facts?.timeline ?? 0));
    const [first] = claims;
    if (!first || first.server === primary) return;
    const known = primary.health().server;
    // Equal claims change nothing: that is for operators to sort out.
    if (known && !known.standby && (known.timeline ?? 0) >= (first.facts?.timeline ?? 0)) return;
    log.warn({ before: primary.name, now: first.server.name }, 'another database server is the primary now');
    primary = first.server;
  };
  const check = async (): Promise<void> => {
    await Promise.all(members.map((server) => server.check()));
    elect();
    for (const server of members) noteStream(server);
  };
  /** Two checks, because the one in which a primary dies may have seen it alive. */
  const noteStream = (server: DatabaseServer): void => {
    const cutOff = server.health().server?.streaming === false && primary.health().state === 'HEALTHY';
    cutFor.set(server, cutOff && server !== primary ? (cutFor.get(server) ?? 0) + 1 : 0);
  };
  /** A standby that a living primary does not reach falls behind without noticing. */
  const isStandby = (server: DatabaseServer): boolean => {
    const { state, server: facts } = server.health();
    return server !== primary && state !== 'UNHEALTHY' && facts?.standby === true && (cutFor.get(server) ?? 0) < 2;
  };
  /** Without a primary, what the standbys hold is all there is, and a slow one is better than none. */
  const mayServe = (server: DatabaseServer): boolean => {
    const { state, server: facts } = server.health();
    const isGood = state === 'HEALTHY' && facts?.streaming === true;
    return isStandby(server) && (isGood || primary.health().state === 'UNHEALTHY');
  };

  return {
    primary: () => primary,
    servers: () => members,
    readRoutes() {
      const chosen = balancer(members.filter(mayServe));
      const last = members.filter((server) => server !== chosen && isStandby(server));
      const order = chosen ? [chosen, primary, ...last] : [primary, ...last];
      return order.map((server) => server.route());
    },
    replace(next) {
      const gone = members.filter((server) => !next.includes(server));
      members = next;
      if (!next.includes(primary)) primary = next[0];
      return gone;
    },
    check,
    ...createRounds(check, intervalMs),
  };
}
