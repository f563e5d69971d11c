import { randomUUID } from 'node:crypto';
import type { Projection } from '#operations/projections/projection';
import { PROJECTION_TARGETS, type ProjectionTarget } from '#stores/postgres/outbox';
import type { TenantContext } from '#tenancy/context';
import { dangerouslyActAsService } from '#tenancy/service';
import { type OwnStores, onOwnStores } from '../own-stores.ts';
import { measureCosts, type StepCost } from './costs.ts';
import { withRelay } from './with-relay.ts';
import { writeDocuments } from './write.ts';

export interface RelayBenchOptions {
  /** Documents written a second, one round each. */
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly progress: (line: string) => void;
}

export interface RelayRound {
  readonly wanted: number;
  /** Documents a second that were written: less than wanted where PostgreSQL or this process could not. */
  readonly written: number;
  /** Seconds from the last write until every projection had everything. */
  readonly caughtUp: number;
  readonly targets: readonly TargetFigures[];
}

/** From the commit of a document until a store had it, in milliseconds. */
export interface TargetFigures {
  readonly target: ProjectionTarget;
  /** Documents a second, from the first write until the last was projected. */
  readonly projected: number;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

export interface RelayBench {
  readonly rounds: readonly RelayRound[];
  /** Of the writing and of each target alone, measured after the rounds: all that runs is warm then. */
  readonly costs: readonly StepCost[];
}

/**
 * Writes new documents of four tenants at a steady rate while one relay carries them to MongoDB, Neo4j and the search
 * tables, writers and relay in one process. Then the same a step at a time, with what each costs.
 */
export function benchRelay({ rates, seconds, progress }: RelayBenchOptions): Promise<RelayBench> {
  return onOwnStores('relay', async (own) => {
    const tenants = await makeTenants(own);
    const rounds: RelayRound[] = [];
    for (const wanted of rates) {
      progress(`${wanted} documents a second for ${seconds} s`);
      rounds.push(await measure(own, tenants, wanted, seconds));
    }
    progress(`${COUNTED} documents, a step at a time`);
    return { rounds, costs: await measureCosts(own, tenants, COUNTED) };
  });
}

async function makeTenants({ provision, log }: OwnStores): Promise<readonly TenantContext[]> {
  const ids = Array.from({ length: TENANTS }, () => randomUUID());
  for (const [at, id] of ids.entries()) {
    await provision.upsertTenant({ id, slug: `bench-${at}`, name: `Bench ${at}`, tier: 'STANDARD', features: [] });
  }
  return ids.map((id) => dangerouslyActAsService(id, 'STANDARD', 'bench', 'measures the relay', log));
}

async function measure(
  own: OwnStores,
  tenants: readonly TenantContext[],
  wanted: number,
  seconds: number,
): Promise<RelayRound> {
  const arrivals = new Map(PROJECTION_TARGETS.map((target) => [target, new Map<string, number>()]));
  const timed = (projection: Projection): Projection =>
    timing(projection, arrivals.get(projection.target) ?? new Map());
  return withRelay(own, timed, async (relay) => {
    const began = performance.now();
    const writing = { documents: wanted * seconds, perSecond: wanted, mostSeconds: seconds };
    const committed = await writeDocuments(own, tenants, writing);
    const stopped = performance.now();
    await relay.drain({ timeoutMs: 900_000 });
    const caughtUp = (performance.now() - stopped) / 1000;
    const written = committed.size / ((stopped - began) / 1000);
    const targets = [...arrivals].map(([target, at]) => figuresOf(target, at, committed, began));
    return { wanted, written, caughtUp, targets };
  });
}

function timing(projection: Projection, arrived: Map<string, number>): Projection {
  return {
    ...projection,
    async project(tenant, events) {
      await projection.project(tenant, events);
      const now = performance.now();
      for (const { entityId } of events) if (!arrived.has(entityId)) arrived.set(entityId, now);
    },
  };
}

function figuresOf(
  target: ProjectionTarget,
  arrived: ReadonlyMap<string, number>,
  committed: ReadonlyMap<string, number>,
  began: number,
): TargetFigures {
  // The relay may be done before the writer hears of its own commit.
  const lags = [...arrived].map(([id, at]) => Math.max(0, at - (committed.get(id) ?? at))).sort((a, b) => a - b);
  const at = (share: number): number => lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0;
  const last = [...arrived.values()].reduce((latest, one) => Math.max(latest, one), began);
  return { target, projected: arrived.size / ((last - began) / 1000), p50: at(0.5), p95: at(0.95), most: at(1) };
}

const TENANTS = 4;
/** Enough for figures that a batch more or less does not change. */
const COUNTED = 2_000;
