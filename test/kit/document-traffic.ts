import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPolygraphError } from '#platform/errors';
import { eq, type TenantMongo } from '#stores/mongo/index';

/** What a tenant's writer was told had been done, and how it went. */
export interface DocumentTraffic {
  /** Ids of events that were acknowledged and not deleted. */
  readonly events: ReadonlySet<string>;
  /** How often the one counter was raised. */
  readonly counted: number;
  readonly latencies: readonly number[];
  readonly refused: readonly unknown[];
  /** Reads that did not see what had been acknowledged before they began. */
  readonly staleReads: readonly string[];
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** Counters are kept of this. */
export const COUNTED = { contentId: '00000000-0000-4000-8000-0000000000cc', day: '2026-01-31' } as const;

/** Inserts, raises a counter, changes both in one transaction, deletes and reads back, one after the other. */
export function startDocumentTraffic(mongo: TenantMongo, writers = 3): DocumentTraffic {
  const events = new Set<string>();
  const [latencies, refused, staleReads]: [number[], unknown[], string[]] = [[], [], []];
  let [running, counted] = [true, 0];
  const act = async (round: number): Promise<void> => {
    const id = randomUUID();
    switch (round % 4) {
      case 0:
        await raise(mongo);
        counted += 1;
        break;
      case 1:
        await insert(mongo, id);
        events.add(id);
        break;
      case 2:
        await mongo.transaction(async (tx) => {
          await insert(tx, id);
          await raise(tx);
        });
        events.add(id);
        counted += 1;
        break;
      default:
        await removeOne(mongo, events);
    }
  };
  const look = async (): Promise<void> => {
    const before = counted;
    const found = await mongo.collection('content_daily').findOne({ contentId: eq(COUNTED.contentId) }, ['views']);
    if ((found?.views ?? 0) < before) staleReads.push(`${found?.views} of ${before}`);
  };
  const write = async (worker: number): Promise<void> => {
    for (let round = worker; running; round += 1) {
      const began = performance.now();
      try {
        await act(round);
        latencies.push(performance.now() - began);
        await look();
      } catch (error) {
        refused.push(findPolygraphError(error)?.code ?? error);
      }
      await sleep(10);
    }
  };
  const under = Array.from({ length: writers }, (_, worker) => write(worker));
  return {
    ...{ events, latencies, refused, staleReads },
    get counted() {
      return counted;
    },
    async stop() {
      running = false;
      await Promise.all(under);
    },
  };
}

/** What the tenant's handle finds, wherever that is. */
export async function readTraffic(mongo: TenantMongo): Promise<{ events: Set<string>; counted: number }> {
  const events = await mongo.collection('analytics_events').find({}, { fields: ['id'], limit: 50_000 });
  const daily = await mongo.collection('content_daily').findOne({ contentId: eq(COUNTED.contentId) }, ['views']);
  return { events: new Set(events.map(({ id }) => id)), counted: daily?.views ?? 0 };
}

async function insert(mongo: TenantMongo, id: string): Promise<void> {
  const at = new Date();
  const event = { id, kind: 'VIEW', at, day: at.toISOString().slice(0, 10), idempotencyKey: id } as const;
  await mongo.collection('analytics_events').insertMany([event]);
}

async function raise(mongo: TenantMongo): Promise<void> {
  const inc = { views: 1, clicks: 0, shares: 0, conversions: 0 };
  await mongo.collection('content_daily').upsertMany([{ key: COUNTED, update: { inc } }]);
}

async function removeOne(mongo: TenantMongo, events: Set<string>): Promise<void> {
  const [id] = events;
  if (id === undefined) return;
  events.delete(id);
  await mongo.collection('analytics_events').deleteMany({ id: eq(id) });
}
