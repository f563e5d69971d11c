import { findPolygraphError } from '#platform/errors';
import { type NewEvent, type Recorded, recordEvents } from './events.ts';
import type { TenantMongo } from './index.ts';

/** Records single things of many requests. */
export interface Recorder<New, Done> {
  record(mongo: TenantMongo, item: New): Promise<Done>;
}
export type EventRecorder = Recorder<NewEvent, Recorded>;

export interface RecorderOptions<New, Done> {
  /** Writes all in one go, and answers in the order of the items. */
  write(mongo: TenantMongo, items: readonly New[]): Promise<readonly Done[]>;
  maxBatch?: number;
}

export function createEventRecorder({ maxBatch = 250 }: { maxBatch?: number } = {}): EventRecorder {
  return createRecorder({ write: recordEvents, maxBatch });
}

/**
 * Each tenant has one transaction at a time; what arrives meanwhile shares the
 * next. Without it, every view of a popular document would fight for the same
 * row of its roll-up.
 * Queues are kept by tenant, and each is written through a handle of its own tenant.
 */
export function createRecorder<New, Done>({ write, maxBatch = 250 }: RecorderOptions<New, Done>): Recorder<New, Done> {
  const queues = new Map<string, Waiting<New, Done>[]>();

  const drain = async (tenantId: string, queue: Waiting<New, Done>[]): Promise<void> => {
    for (let batch = queue.splice(0, maxBatch); batch.length > 0; batch = queue.splice(0, maxBatch)) {
      await writeBatch(write, batch);
    }
    queues.delete(tenantId);
  };

  return {
    record(mongo, item) {
      return new Promise((resolve, reject) => {
        const waiting = { mongo, item, resolve, reject };
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

interface Waiting<New, Done> {
  readonly mongo: TenantMongo;
  readonly item: New;
  resolve(done: Done): void;
  reject(error: unknown): void;
}

/** Never rejects: every outcome goes to the request that waits for it. */
async function writeBatch<New, Done>(
  write: RecorderOptions<New, Done>['write'],
  batch: readonly Waiting<New, Done>[],
): Promise<void> {
  const [leader] = batch;
  if (!leader) return;
  const items = batch.map(({ item }) => item);
  try {
    const done = await write(leader.mongo, items);
    for (const [index, waiting] of batch.entries()) waiting.resolve(done[index] as Done);
  } catch (error) {
    const blameless = batch.length === 1 || OF_NO_ITEM.has(findPolygraphError(error)?.code);
    if (blameless) for (const waiting of batch) waiting.reject(error);
    // One request's item is refused: the others do not pay for it.
    else for (const waiting of batch) await writeBatch(write, [waiting]);
  }
}

/** Codes that say nothing of what was to be written. */
const OF_NO_ITEM: ReadonlySet<unknown> = new Set(['STORE_UNAVAILABLE', 'QUOTA_EXCEEDED']);
