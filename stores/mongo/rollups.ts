import { PolygraphError } from '#platform/errors';
import { count } from './aggregate.ts';
import { readArchive } from './archive.ts';
import { daysBetween, utcDay, utcHour } from './days.ts';
import type { Documents, EventKind } from './documents.ts';
import type { AnalyticsEvent } from './events.ts';
import { eq } from './filter.ts';
import type { TenantMongo } from './index.ts';

/** What is counted of each document; searches belong to none. */
export const COUNTERS = ['views', 'clicks', 'shares', 'conversions'] as const;
export type Counter = (typeof COUNTERS)[number];
export type Counts = Readonly<Record<Counter, number>>;

/** Counts events by the day and the hour at which they happened, however late they came. Inside the transaction that keeps them. */
export async function addToRollUps(mongo: TenantMongo, events: readonly AnalyticsEvent[]): Promise<void> {
  const counted = countEvents(events.map((event) => ({ ...event, hour: utcHour(event.at), events: 1 })));
  const daily = tally(counted, dayOf);
  await mongo
    .collection('content_daily')
    .upsertMany([...daily.values()].map(({ key, counts }) => ({ key, update: { inc: counts } })));
  const hourly = tally(counted, hourOf);
  await mongo.collection('content_hourly').upsertMany(
    [...hourly.values()].map(({ key, counts }) => {
      const setOnInsert = { day: dayOfHour(key.hour) };
      return { key, update: { inc: counts, setOnInsert } };
    }),
  );
}

/**
 * Counts both roll-ups anew from the events of these days, both included, archived ones too.
 * Safe while events arrive: a count that changes meanwhile restarts its day.
 * @returns how many rows were wrong
 * @throws PolygraphError LIMIT_EXCEEDED for a day of more rows than one transaction holds
 */
export async function rebuildRollUps(
  mongo: TenantMongo,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<number> {
  let repaired = 0;
  for (const day of daysBetween(from, to)) repaired += await mongo.transaction((tx) => rebuildDay(tx, day));
  return repaired;
}

async function rebuildDay(mongo: TenantMongo, day: string): Promise<number> {
  const kept = await mongo.collection('analytics_events').group({
    // Searches too, which belong to no document and are counted nowhere: a second condition would cost SecantusDB the index.
    where: { day: eq(day) },
    by: ['contentId', 'kind'],
    spans: { at: 'hour' },
    compute: { events: count() },
    limit: MOST,
  });
  const archived = await readArchive(mongo, day);
  const counted = countEvents([
    ...checkComplete(day, kept).map((row) => ({ ...row, hour: utcHour(row.at) })),
    ...archived.map((event) => ({ ...event, hour: utcHour(event.at), events: 1 })),
  ]);
  return (await rebuildDaily(mongo, day, counted)) + (await rebuildHourly(mongo, day, counted));
}

async function rebuildDaily(mongo: TenantMongo, day: string, counted: readonly Counted[]): Promise<number> {
  const rows = mongo.collection('content_daily');
  const stored = await rows.find({ day: eq(day) }, { fields: ['contentId', 'day', ...COUNTERS], limit: MOST });
  const wrong = differing(tally(counted, dayOf), checkComplete(day, stored), dayOf);
  await rows.upsertMany(wrong.map(({ key, counts }) => ({ key, update: { set: counts } })));
  return wrong.length;
}

async function rebuildHourly(mongo: TenantMongo, day: string, counted: readonly Counted[]): Promise<number> {
  const rows = mongo.collection('content_hourly');
  const stored = await rows.find({ day: eq(day) }, { fields: ['contentId', 'hour', ...COUNTERS], limit: MOST });
  const wrong = differing(tally(counted, hourOf), checkComplete(day, stored), hourOf);
  await rows.upsertMany(wrong.map(({ key, counts }) => ({ key, update: { set: counts, setOnInsert: { day } } })));
  return wrong.length;
}

/** What some events of one document in one hour add to one counter. */
interface Counted {
  readonly contentId: string;
  readonly hour: string;
  readonly counter: Counter;
  readonly events: number;
}
interface Tally<Key> {
  readonly key: Key;
  readonly counts: Record<Counter, number>;
}
type DailyKey = Pick<Documents['content_daily'], 'contentId' | 'day'>;
type HourlyKey = Pick<Documents['content_hourly'], 'contentId' | 'hour'>;

function countEvents(
  events: readonly { kind: EventKind; contentId?: string; hour: string; events: number }[],
): Counted[] {
  return events.flatMap(({ kind, contentId, hour, events }) => {
    const counter = COUNTER_OF[kind];
    return counter && contentId ? [{ contentId, hour, counter, events }] : [];
  });
}

function tally<Key extends object>(counted: readonly Counted[], keyOf: (row: Counted) => Key): Map<string, Tally<Key>> {
  const tallies = new Map<string, Tally<Key>>();
  for (const row of counted) {
    const key = keyOf(row);
    const found = tallies.get(nameOf(key)) ?? { key, counts: { ...ZERO } };
    found.counts[row.counter] += row.events;
    tallies.set(nameOf(key), found);
  }
  return tallies;
}

/** Rows that are to be written: those that are missing, that count wrong, and that count what never was. */
function differing<Key extends object, Row extends Counts>(
  wanted: Map<string, Tally<Key>>,
  stored: readonly Row[],
  keyOf: (row: Row) => Key,
): Tally<Key>[] {
  const rows = new Map(stored.map((row) => [nameOf(keyOf(row)), row]));
  for (const [name, row] of rows) if (!wanted.has(name)) wanted.set(name, { key: keyOf(row), counts: { ...ZERO } });
  return [...wanted]
    .filter(([name, { counts }]) => COUNTERS.some((counter) => rows.get(name)?.[counter] !== counts[counter]))
    .map(([, row]) => row);
}

function checkComplete<Row>(day: string, rows: readonly Row[]): readonly Row[] {
  if (rows.length < MOST) return rows;
  throw new PolygraphError('LIMIT_EXCEEDED', `The roll-up of ${day} has ${MOST} rows or more, too many to rebuild.`, {
    facts: { limit: MOST },
  });
}

const dayOf = ({ contentId, ...row }: { contentId: string } & ({ day: string } | { hour: string })): DailyKey => ({
  contentId,
  day: 'day' in row ? row.day : dayOfHour(row.hour),
});
const hourOf = ({ contentId, hour }: HourlyKey): HourlyKey => ({ contentId, hour });
const dayOfHour = (hour: string): string => utcDay(new Date(`${hour}:00:00Z`));
const nameOf = (key: object): string => Object.values(key).join('/');

const COUNTER_OF: Partial<Record<EventKind, Counter>> = {
  VIEW: 'views',
  CLICK: 'clicks',
  SHARE: 'shares',
  CONVERSION: 'conversions',
};
const ZERO: Counts = { views: 0, clicks: 0, shares: 0, conversions: 0 };
const MOST = 100_000;
