import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProjections } from '#operations/projections/index';
import type { Projection } from '#operations/projections/projection';
import { tellingCaches } from '#operations/projections/telling-caches';
import { createRelay } from '#operations/relay/index';
import { PROJECTION_TARGETS, type ProjectionTarget } from '#stores/postgres/outbox';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import { importContents } from '#subgraphs/relational/contents/import';
import type { TenantContext } from '#tenancy/context';
import { dangerouslyActAsService } from '#tenancy/service';
import { type OwnStores, onOwnStores } from '../own-stores.ts';
import { someDocument } from './documents.ts';

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

/**
 * Writes new documents of four tenants at a steady rate while one relay carries them to MongoDB, Neo4j and the search
 * tables, writers and relay in one process. Ten documents are one transaction, as an import writes them.
 */
export function benchRelay({ rates, seconds, progress }: RelayBenchOptions): Promise<RelayRound[]> {
  return onOwnStores('relay', async (own) => {
    const tenants = await makeTenants(own);
    const rounds: RelayRound[] = [];
    for (const wanted of rates) {
      progress(`${wanted} documents a second for ${seconds} s`);
      rounds.push(await measure(own, tenants, wanted, seconds));
    }
    return rounds;
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
  const committed = new Map<string, number>();
  const arrivals = new Map(PROJECTION_TARGETS.map((target) => [target, new Map<string, number>()]));
  const { settings, stores, directory, log } = own;
  const store = openRelayStore({ url: settings.DATABASE_URL, secrets: settings.POLYGRAPH_SECRETS, log });
  const projections = createProjections(store)
    .map(tellingCaches)
    .map((projection) => timing(projection, arrivals.get(projection.target) ?? new Map()));
  const relay = createRelay({ queue: store.queue, directory, openStores: stores.forTenant, projections, log });
  const unlisten = store.listen(relay.wake);
  relay.start();
  try {
    const began = performance.now();
    await writeSteadily(own, tenants, { wanted, seconds, committed });
    const stopped = performance.now();
    await relay.drain({ timeoutMs: 900_000 });
    const caughtUp = (performance.now() - stopped) / 1000;
    const written = committed.size / ((stopped - began) / 1000);
    return {
      wanted,
      written,
      caughtUp,
      targets: [...arrivals].map(([target, at]) => figuresOf(target, at, committed, began)),
    };
  } finally {
    await unlisten();
    await relay.stop();
    await store.close();
  }
}

interface Writing {
  readonly wanted: number;
  readonly seconds: number;
  readonly committed: Map<string, number>;
}

/** A batch is due every so often, and a late one does not move the next. At most eight are under way. */
async function writeSteadily(
  { stores }: OwnStores,
  tenants: readonly TenantContext[],
  { wanted, seconds, committed }: Writing,
) {
  const began = performance.now();
  const batches = Math.round((wanted * seconds) / BATCH);
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < batches && performance.now() - began < seconds * 1000) {
      const batch = next++;
      const tenant = tenants[batch % tenants.length] as TenantContext;
      await sleep(Math.max(0, began + (batch * BATCH * 1000) / wanted - performance.now()));
      const documents = Array.from({ length: BATCH }, someDocument);
      await importContents(stores.postgres, tenant, documents);
      for (const { id } of documents) committed.set(id, performance.now());
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
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
const WRITERS = 8;
const BATCH = 10;
