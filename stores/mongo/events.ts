import { count } from './aggregate.ts';
import { daysBetween, utcDay } from './days.ts';
import type { Documents, EventKind, FlatJson } from './documents.ts';
import { eq, exists, oneOf } from './filter.ts';
import type { TenantMongo } from './index.ts';
import { idOf, recordOnce } from './once.ts';

export type AnalyticsEvent = Documents['analytics_events'];

export interface NewEvent {
  readonly kind: EventKind;
  readonly contentId?: string | undefined;
  readonly userId?: string | undefined;
  readonly at: Date;
  /** The same key is recorded once; the first recording stays. */
  readonly idempotencyKey: string;
  readonly properties?: FlatJson | undefined;
}

export interface Recorded {
  readonly event: AnalyticsEvent;
  /** False where the key had been recorded before; `event` is then the one recorded first. */
  readonly recorded: boolean;
}

/**
 * Records events and counts them, each exactly once: both happen in one
 * transaction, so that a crash, a repeated call or two at once end right.
 */
export async function recordEvents(mongo: TenantMongo, events: readonly NewEvent[]): Promise<Recorded[]> {
  const rows = events.map((event) => toDocument(mongo.tenantId, event));
  const recorded = await recordOnce(mongo, rows, {
    find: (tx, keys) =>
      tx
        .collection('analytics_events')
        .find({ idempotencyKey: oneOf(keys) }, { fields: EVENT_FIELDS, limit: keys.length }),
    async insert(tx, fresh) {
      await tx.collection('analytics_events').insertMany(fresh);
      await addToDaily(tx, fresh);
    },
  });
  return recorded.map(({ row, recorded }) => ({ event: row, recorded }));
}

/**
 * Counts `content_daily` anew from the events of these days, both included.
 * Safe while events arrive: a count that changes meanwhile restarts its day.
 * @returns how many rows were wrong
 */
export async function rebuildDaily(mongo: TenantMongo, { from, to }: { from: string; to: string }): Promise<number> {
  let repaired = 0;
  for (const day of daysBetween(from, to)) repaired += await mongo.transaction((tx) => rebuildDay(tx, day));
  return repaired;
}

export const EVENT_FIELDS = [
  'id',
  'kind',
  'contentId',
  'userId',
  'at',
  'day',
  'idempotencyKey',
  'properties',
] as const satisfies readonly (keyof AnalyticsEvent)[];

type Counter = 'views' | 'clicks' | 'shares' | 'conversions';
const COUNTERS: Partial<Record<EventKind, Counter>> = {
  VIEW: 'views',
  CLICK: 'clicks',
  SHARE: 'shares',
  CONVERSION: 'conversions',
};
const ZERO: Readonly<Record<Counter, number>> = { views: 0, clicks: 0, shares: 0, conversions: 0 };

async function addToDaily(mongo: TenantMongo, events: readonly AnalyticsEvent[]): Promise<void> {
  const tallies = tallyDays(events.map((event) => ({ ...event, events: 1 })));
  const upserts = [...tallies.values()].map(({ key, counts }) => ({ key, update: { inc: counts } }));
  await mongo.collection('content_daily').upsertMany(upserts);
}

async function rebuildDay(mongo: TenantMongo, day: string): Promise<number> {
  const daily = mongo.collection('content_daily');
  const counted = await mongo.collection('analytics_events').group({
    where: { day: eq(day), contentId: exists(true) },
    by: ['contentId', 'kind'],
    compute: { events: count() },
    limit: 100_000,
  });
  const tallies = tallyDays(counted.map((row) => ({ ...row, day })));
  const fields = ['contentId', 'views', 'clicks', 'shares', 'conversions'] as const;
  const rows = new Map(
    (await daily.find({ day: eq(day) }, { fields, limit: 100_000 })).map((row) => [row.contentId, row]),
  );
  for (const contentId of rows.keys()) {
    const name = `${contentId}/${day}`;
    if (!tallies.has(name)) tallies.set(name, { key: { contentId, day }, counts: { ...ZERO } });
  }
  const wrong = [...tallies.values()].filter(({ key, counts }) => {
    const row = rows.get(key.contentId);
    return !row || Object.entries(counts).some(([counter, value]) => row[counter as Counter] !== value);
  });
  await daily.upsertMany(wrong.map(({ key, counts }) => ({ key, update: { set: counts } })));
  return wrong.length;
}

interface DayTally {
  key: { contentId: string; day: string };
  counts: Record<Counter, number>;
}

function tallyDays(
  events: readonly { kind: EventKind; contentId?: string; day: string; events: number }[],
): Map<string, DayTally> {
  const tallies = new Map<string, DayTally>();
  for (const { kind, contentId, day, events: number } of events) {
    const counter = COUNTERS[kind];
    if (!counter || !contentId) continue;
    const name = `${contentId}/${day}`;
    const tally = tallies.get(name) ?? { key: { contentId, day }, counts: { ...ZERO } };
    tally.counts[counter] += number;
    tallies.set(name, tally);
  }
  return tallies;
}

function toDocument(tenantId: string, event: NewEvent): AnalyticsEvent {
  const { kind, contentId, userId, at, idempotencyKey, properties } = event;
  return {
    id: idOf('event', tenantId, idempotencyKey),
    kind,
    at,
    day: utcDay(at),
    idempotencyKey,
    ...(contentId === undefined ? {} : { contentId }),
    ...(userId === undefined ? {} : { userId }),
    ...(properties === undefined ? {} : { properties }),
  };
}
