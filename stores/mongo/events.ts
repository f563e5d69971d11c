import { PolygraphError } from '#platform/errors';
import { CONTENT_LIMITS_OF_TIER } from '#tenancy/limits';
import { utcDay } from './days.ts';
import type { Documents, EventKind, FlatJson } from './documents.ts';
import { eq, oneOf } from './filter.ts';
import type { TenantMongo } from './index.ts';
import { idOf, recordOnce } from './once.ts';
import { addToRollUps } from './rollups.ts';

export type AnalyticsEvent = Documents['analytics_events'];

export interface NewEvent {
  readonly kind: EventKind;
  readonly contentId?: string | undefined;
  readonly userId?: string | undefined;
  readonly at: Date;
  /** The same key is recorded once; the first recording stays. */
  readonly idempotencyKey: string;
  readonly value?: number | undefined;
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
 * @throws PolygraphError QUOTA_EXCEEDED where the tenant has recorded as many as its tier may in a day
 */
export async function recordEvents(
  mongo: TenantMongo,
  events: readonly NewEvent[],
  now: Date = new Date(),
): Promise<Recorded[]> {
  const today = utcDay(now);
  await checkIntake(mongo, today, events.length);
  const rows = events.map((event) => toDocument(mongo.tenantId, event));
  const recorded = await recordOnce(mongo, rows, {
    find: (tx, keys) =>
      tx
        .collection('analytics_events')
        .find({ idempotencyKey: oneOf(keys) }, { fields: EVENT_FIELDS, limit: keys.length }),
    async insert(tx, fresh) {
      await tx.collection('analytics_events').insertMany(fresh);
      await addToRollUps(tx, fresh);
    },
  });
  const fresh = recorded.filter((one) => one.recorded).length;
  if (fresh > 0) {
    await mongo.collection('event_intake').upsertMany([{ key: { day: today }, update: { inc: { events: fresh } } }]);
  }
  return recorded.map(({ row, recorded }) => ({ event: row, recorded }));
}

/**
 * Counted beside the transactions and not in them: one row that all writers of a tenant change would make them wait for
 * each other. So what is under way at the same moment may pass the limit together.
 */
async function checkIntake(mongo: TenantMongo, day: string, more: number): Promise<void> {
  const { eventsPerDay: limit } = CONTENT_LIMITS_OF_TIER[mongo.tier];
  const used = (await mongo.collection('event_intake').findOne({ day: eq(day) }, ['events']))?.events ?? 0;
  if (used + more <= limit) return;
  throw new PolygraphError('QUOTA_EXCEEDED', `The tenant may record ${limit} events a day and has recorded ${used}.`, {
    facts: { resource: 'eventsPerDay', limit, used },
  });
}

export const EVENT_FIELDS = [
  'id',
  'kind',
  'contentId',
  'userId',
  'at',
  'day',
  'idempotencyKey',
  'value',
  'properties',
] as const satisfies readonly (keyof AnalyticsEvent)[];

function toDocument(tenantId: string, event: NewEvent): AnalyticsEvent {
  const { kind, contentId, userId, at, idempotencyKey, value, properties } = event;
  return {
    id: idOf('event', tenantId, idempotencyKey),
    kind,
    at,
    day: utcDay(at),
    idempotencyKey,
    ...(contentId === undefined ? {} : { contentId }),
    ...(userId === undefined ? {} : { userId }),
    ...(value === undefined ? {} : { value }),
    ...(properties === undefined ? {} : { properties }),
  };
}
