import { findPolygraphError } from '#platform/errors';
import { type NewEvent, type Recorded, recordEvents } from './events.ts';
import type { TenantMongo } from './index.ts';

export interface EventRecorder {
  record(mongo: TenantMongo, event: NewEvent): Promise<Recorded>;
}

/**
 * Records single events of many requests. Each tenant has one transaction at a
 * time; what arrives meanwhile shares the next. Without it, every view of a
 * popular document would fight for the same row of `content_daily`.
 * Queues are kept by tenant, and each is written through a handle of its own tenant.
 */
export function createEventRecorder({ maxBatch = 100 }: { maxBatch?: number } = {}): EventRecorder {
  const queues = new Map<string, Waiting[]>();

  const drain = async (tenantId: string, queue: Waiting[]): Promise<void> => {
    for (let batch = queue.splice(0, maxBatch); batch.length > 0; batch = queue.splice(0, maxBatch)) {
      await writeBatch(batch);
    }
    queues.delete(tenantId);
  };

  return {
    record(mongo, event) {
      return new Promise((resolve, reject) => {
        const waiting: Waiting = { mongo, event, resolve, reject };
        const queue = queues.get(mongo.tenantId);
        if (queue) {
          queue.push(waiting);
          return;
        }
        const started = [waiting];
        queues.set(mongo.tenantId, started);
        void drain(mongo.tenantId, started);
      });
    },
  };
}

interface Waiting {
  readonly mongo: TenantMongo;
  readonly event: NewEvent;
  resolve(recorded: Recorded): void;
  reject(error: unknown): void;
}

/** Never rejects: every outcome goes to the request that waits for it. */
async function writeBatch(batch: readonly Waiting[]): Promise<void> {
  const [leader] = batch;
  if (!leader) return;
  const events = batch.map(({ event }) => event);
  try {
    const recorded = await recordEvents(leader.mongo, events);
    for (const [index, waiting] of batch.entries()) waiting.resolve(recorded[index] as Recorded);
  } catch (error) {
    const blameless = batch.length === 1 || findPolygraphError(error)?.code === 'STORE_UNAVAILABLE';
    if (blameless) for (const waiting of batch) waiting.reject(error);
    // One request's event is refused: the others do not pay for it.
    else for (const waiting of batch) await writeBatch([waiting]);
  }
}
