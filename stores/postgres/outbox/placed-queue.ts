import type pg from 'pg';
import type { Logger } from '#platform/log';
import { TIERS, type Tier } from '#tenancy/tiers';
import { PROJECTION_TARGETS } from '../outbox.ts';
import { type OwnPlace, ownPlaceOf, type Placement, schemaOf } from '../placement.ts';
import { createOutboxQueue, type Lane, type OutboxQueue } from './queue.ts';
import { reaching } from './reaching.ts';
import { tablesIn } from './tables.ts';

export interface PlacedQueueOptions {
  /** Connects as the relay's role, as all pools here do. */
  shared: pg.Pool;
  poolOf: (placement: Placement) => pg.Pool;
  log: Logger;
  /** How long a tenant that was made meanwhile may stay unnoticed. */
  reloadMs?: number;
  /** How long a database that did not answer is left alone. */
  restMs?: number;
}

/**
 * The outboxes of all places as one queue: that of the shared tables, that of
 * each schema and of each database of a tenant's own. A lane says where it is
 * from, and what is claimed goes back there. The schemas are asked together with
 * the shared tables, in two statements however many there are; each database is
 * asked for itself, and one that is away holds up its own tenant alone.
 */
export function createPlacedQueue({
  shared,
  poolOf,
  log,
  reloadMs = 1_000,
  restMs = 5_000,
}: PlacedQueueOptions): OutboxQueue {
  const common = createOutboxQueue(shared);
  const own = new Map<string, OwnQueue>();
  const resting = new Map<string, number>();
  let loadedAt = Number.NEGATIVE_INFINITY;

  const load = async (): Promise<void> => {
    const { rows } = await reaching(() => shared.query<{ id: string; tier: Tier }>(OWN_PLACES, [OWN_TIERS]));
    const places = rows.flatMap(({ id, tier }) => ownPlaceOf({ tenantId: id, tier }) ?? []);
    const names = new Set(places.map(({ name }) => name));
    for (const name of own.keys()) if (!names.has(name)) own.delete(name);
    for (const place of places) {
      if (own.get(place.name)?.place.kind === place.kind) continue;
      own.set(place.name, { place, queue: createOutboxQueue(poolOf(place), schemaOf(place), place.kind) });
    }
    loadedAt = performance.now();
  };
  const at = ({ place }: Pick<Lane, 'place'>): OutboxQueue => {
    const queue = place === undefined ? common : own.get(place)?.queue;
    if (!queue) throw new Error('The place of this outbox is gone.');
    return queue;
  };

  /** Asks the shared tables and each of these. @throws only where the shared database does not answer */
  const everywhere = async <T>(
    ask: (queue: OutboxQueue, place?: string) => Promise<T>,
    among: readonly OwnQueue[],
  ): Promise<T[]> => {
    const asked = among.map(async ({ place, queue }): Promise<T[]> => {
      if ((resting.get(place.name) ?? 0) > performance.now()) return [];
      try {
        return [await ask(queue, place.name)];
      } catch (error) {
        resting.set(place.name, performance.now() + restMs);
        log.warn({ err: error, tenant: place.tenantId }, 'the outbox of a place of its own does not answer');
        return [];
      }
    });
    const [first, ...rest] = await Promise.all([ask(common), ...asked]);
    return [first, ...rest.flat()];
  };
  const counted = async (ask: (queue: OutboxQueue) => Promise<number>, tenantId?: string): Promise<number> => {
    await load();
    const among = [...own.values()].filter(({ place }) => tenantId === undefined || place.tenantId === tenantId);
    return sum(await everywhere(ask, among));
  };

  const lanesOfSchemas = async (): Promise<Lane[]> => {
    const places = [...own.values()].flatMap(({ place }) => (place.kind === 'schema' ? place : []));
    if (places.length === 0) return [];
    const text = places.map((place) => tablesIn(place.name, laneOf(place))).join(' union all ');
    const { rows } = await reaching(() =>
      shared.query<{ tenant: string; place: string; target: Lane['target'] }>(text),
    );
    return rows.map(({ tenant, place, target }) => ({ tenantId: tenant, place, target }));
  };

  return {
    async lanes() {
      if (performance.now() - loadedAt > reloadMs) await load();
      const databases = [...own.values()].filter(({ place }) => place.kind === 'database');
      try {
        const askFor = async (queue: OutboxQueue, place?: string): Promise<Lane[]> =>
          (await queue.lanes()).map((lane) => (place === undefined ? lane : { ...lane, place }));
        const [lanes, ofSchemas] = await Promise.all([everywhere(askFor, databases), lanesOfSchemas()]);
        return [...lanes.flat(), ...ofSchemas];
      } catch (error) {
        // A schema may have gone with its tenant: the next look asks which there are.
        loadedAt = Number.NEGATIVE_INFINITY;
        throw error;
      }
    },
    async claim(lane, ...limits) {
      const claim = await at(lane).claim(lane, ...limits);
      return lane.place === undefined ? claim : { ...claim, place: lane.place };
    },
    settle: async (claim, positions) => at(claim).settle(claim, positions),
    release: async (claim, positions, code) => at(claim).release(claim, positions, code),
    fail: async (claim, ...facts) => at(claim).fail(claim, ...facts),
    buryAbandoned: (maxAttempts) => counted((queue) => queue.buryAbandoned(maxAttempts)),
    replayDead: (filter) => counted((queue) => queue.replayDead(filter), filter?.tenantId),
    prune: async (limit) => Math.min(limit, await counted((queue) => queue.prune(limit))),
    async dueSagas(limit) {
      await load();
      return (await everywhere((queue) => queue.dueSagas(limit), [...own.values()])).flat().slice(0, limit);
    },
    async duePublications(limit) {
      await load();
      return (await everywhere((queue) => queue.duePublications(limit), [...own.values()])).flat().slice(0, limit);
    },
    outstanding: (tenantId) => counted((queue) => queue.outstanding(tenantId), tenantId),
  };
}

interface OwnQueue {
  readonly place: OwnPlace;
  readonly queue: OutboxQueue;
}

/** The lanes of a schema: it holds one tenant, so each projection is asked for by name. */
function laneOf({ name, tenantId }: OwnPlace): string {
  return `select '${tenantId}' as tenant, '${name}' as place, target from unnest(array['${PROJECTION_TARGETS.join("', '")}']) as target
    where exists (select from outbox_deliveries d
      where d.tenant_id = '${tenantId}' and d.target = target and d.state = 'pending')`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const OWN_TIERS = TIERS.filter((tier) => ownPlaceOf({ tenantId: '00000000-0000-0000-0000-000000000000', tier }));
/** Those that have been made: a tenant of an older installation may wait for its place. */
const OWN_PLACES = `
  select id, tier from tenants t where tier::text = any ($1) and (
    exists (select from pg_database where datname = 't_' || replace(t.id::text, '-', ''))
    or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 't_' || replace(t.id::text, '-', '') and c.relname = 'outbox_deliveries'))`;
