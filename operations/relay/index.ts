import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Projection, ProjectionTenant } from '#operations/projections/projection';
import { PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Claim, Lane, OutboxQueue } from '#stores/postgres/outbox/queue';
import type { TenantStores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import type { Directory } from '#tenancy/directory';
import { dangerouslyActAsService } from '#tenancy/service';
import { createBell } from './bell.ts';
import { deliver } from './deliver.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createPace } from './pace.ts';
import { createPublicationSweep } from './publications.ts';
import { createReturns, isAway } from './returns.ts';
import { createSagaSweep } from './sagas.ts';

/** Carries what the outbox holds to the projections: at least once, in the order of each entity. */
export interface Relay {
  start(): void;
  /** Finishes the batches at hand and stops; what was not begun waits for the next start or another relay. */
  stop(): Promise<void>;
  /** Looks now instead of at the next poll. */
  wake(): void;
  /**
   * Resolves when nothing deliverable is left, of one tenant or of all; works also without `start`.
   * @throws Error after `timeoutMs` (default a minute), which a store that is away makes likely
   */
  drain(options?: { tenantId?: string; timeoutMs?: number }): Promise<void>;
}

export interface RelayOptions {
  queue: OutboxQueue;
  /** Says in which tier a tenant's rows live, and what its people may do. */
  directory: Pick<Directory, 'tenant' | 'membership'>;
  openStores: (tenant: TenantContext) => TenantStores;
  projections: readonly Projection[];
  log: Logger;
  /** Tenants served at once, for each target. */
  concurrency?: number;
  /** How long a claim is ours; a relay that dies holds its batch up for that long. */
  leaseMs?: number;
  /** Longest time between looks where no notification arrives. */
  pollMs?: number;
  maxAttempts?: number;
  retryMs?: number;
  random?: () => number;
}

export function createRelay({
  queue,
  directory,
  openStores,
  projections,
  log,
  concurrency = 4,
  leaseMs = 30_000,
  pollMs = 1_000,
  maxAttempts = 8,
  retryMs = 1_000,
  random = Math.random,
}: RelayOptions): Relay {
  const bell = createBell();
  const targets = new Map(
    projections.map((projection) => {
      const pace = createPace({ concurrency, batchSize: projection.batchSize, random });
      return [projection.target, { projection, pace, running: new Map<string, Promise<void>>() }];
    }),
  );
  const returns = createReturns({ queue, leaseMs });
  const housekeeping = createHousekeeping({ queue, maxAttempts, log });
  let loop: Promise<void> | undefined;
  let stopping = false;

  const openTenant = async (tenantId: string): Promise<ProjectionTenant> => {
    const tenant = await directory.tenant(tenantId);
    if (!tenant) throw new PolygraphError('TENANT_UNKNOWN', 'The outbox names a tenant that does not exist.');
    const context = dangerouslyActAsService(tenantId, tenant.tier, 'relay', 'projects the outbox', log);
    return { context, stores: openStores(context) };
  };

  const sagas = createSagaSweep({ queue, openTenant, log });
  const publications = createPublicationSweep({ queue, directory, openStores, log });

  const claimOf = async (lane: Lane, limit: number): Promise<Claim> => {
    const id = randomUUID();
    try {
      return await queue.claim(lane, limit, leaseMs, maxAttempts, id);
    } catch (error) {
      if (isAway(error)) returns.disown({ ...lane, id });
      throw error;
    }
  };

  /** @returns whether the lane had something to do */
  const runLane = async (
    lane: Lane,
    { projection, pace }: { projection: Projection; pace: ReturnType<typeof createPace> },
  ) => {
    const claim = await claimOf(lane, pace.batch());
    if (claim.deliveries.length === 0) return false;
    try {
      await deliver(claim, projection, {
        queue,
        giveBack: returns.giveBack,
        openTenant,
        log,
        maxAttempts,
        retryMs,
        random,
      });
      pace.up();
    } catch (error) {
      pace.down();
      log.warn({ err: error, target: lane.target }, 'a projection is held up; what waits is kept');
    }
    return true;
  };

  /** Starts every lane that may run; each rings the bell when it has done something, so that the next look finds more. */
  const look = async (): Promise<void> => {
    await returns.settle();
    for (const lane of shuffle(await queue.lanes(), random)) {
      const target = targets.get(lane.target);
      if (!target || target.running.has(lane.tenantId) || target.running.size >= target.pace.lanes()) continue;
      const run = runLane(lane, target)
        .catch((error: unknown) => {
          log.warn({ err: error, target: lane.target }, 'the outbox could not be read');
          return false;
        })
        .then((worked) => {
          target.running.delete(lane.tenantId);
          if (worked) bell.ring();
        });
      target.running.set(lane.tenantId, run);
    }
  };

  const work = async (): Promise<void> => {
    while (!stopping) {
      try {
        await look();
        await sagas.tick();
        await publications.tick();
        await housekeeping.tick();
      } catch (error) {
        log.warn({ err: error }, 'the outbox does not answer; trying again');
      }
      await bell.wait(pollMs);
    }
    await Promise.all([...targets.values()].flatMap(({ running }) => [...running.values()]));
  };

  const start = (): void => {
    if (loop) return;
    stopping = false;
    loop = work();
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    bell.ring();
    await loop;
    loop = undefined;
  };

  return {
    start,
    stop,
    wake: bell.ring,
    async drain({ tenantId, timeoutMs = 60_000 } = {}) {
      const startedHere = !loop;
      const began = performance.now();
      start();
      bell.ring();
      try {
        for (let left = await queue.outstanding(tenantId); left > 0; left = await queue.outstanding(tenantId)) {
          const waited = performance.now() - began;
          if (waited > timeoutMs) throw new Error(`${left} changes still wait to be projected.`);
          // Counting a long queue is not free: ask less often the longer it takes.
          await sleep(Math.min(250, 20 + waited / 20));
        }
      } finally {
        if (startedHere) await stop();
      }
    },
  };
}

/** No tenant is first every time. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
