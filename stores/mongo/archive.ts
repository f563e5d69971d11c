import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { utcDay } from './days.ts';
import type { Documents } from './documents.ts';
import { eq, range } from './filter.ts';
import type { TenantMongo } from './index.ts';

type AnalyticsEvent = Documents['analytics_events'];

/**
 * Moves the oldest events that happened before a day into the archive of their day. An event is in one place or the
 * other whenever the process is killed: both change in one transaction.
 * @param limit events in one go
 * @returns how many were moved; fewer than `limit` says that nothing is left
 */
export async function archiveEvents(mongo: TenantMongo, before: string, limit = 500): Promise<number> {
  return mongo.transaction(async (tx) => {
    const events = tx.collection('analytics_events');
    const old = await events.find({ day: range({ lt: before }) }, { fields: FIELDS, sort: [['day', 1]], limit });
    for (const [day, ofDay] of byDay(old)) {
      const part = (await newestPart(tx, day)) + 1;
      const text = ofDay.map((event) => `${JSON.stringify(event)}\n`).join('');
      const sha256 = createHash('sha256').update(text).digest('hex');
      const lines = await compress(text);
      await tx
        .collection('analytics_archives')
        .insertMany([{ day, part, events: ofDay.length, sha256, lines, archivedAt: new Date() }]);
    }
    await events.deleteByKey(old);
    return old.length;
  });
}

/** What was archived of a day, as it was recorded. @throws Error where an archive is not what was written */
export async function readArchive(mongo: TenantMongo, day: string): Promise<readonly ArchivedEvent[]> {
  const parts = await mongo
    .collection('analytics_archives')
    .find({ day: eq(day) }, { fields: ['part', 'lines', 'sha256'], sort: [['part', 1]], limit: MOST_PARTS });
  const read = await Promise.all(parts.map(readPart));
  return read.flat();
}

/** Removes archives of days before this one, after which their roll-ups are all that is left. @returns how many parts */
export function dropArchives(mongo: TenantMongo, before: string): Promise<number> {
  return mongo.collection('analytics_archives').deleteMany({ day: range({ lt: before }) });
}

export type ArchivedEvent = Pick<AnalyticsEvent, 'kind' | 'contentId' | 'at'>;

type Part = Pick<Documents['analytics_archives'], 'part' | 'lines' | 'sha256'>;

async function readPart({ part, lines, sha256 }: Part): Promise<ArchivedEvent[]> {
  const text = (await decompress(lines)).toString('utf8');
  if (createHash('sha256').update(text).digest('hex') !== sha256)
    throw new Error(`Part ${part} of an archive is broken.`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const event = JSON.parse(line) as Omit<ArchivedEvent, 'at'> & { readonly at: string };
      return { ...event, at: new Date(event.at) };
    });
}

async function newestPart(mongo: TenantMongo, day: string): Promise<number> {
  const [newest] = await mongo
    .collection('analytics_archives')
    .find({ day: eq(day) }, { fields: ['part'], sort: [['part', -1]], limit: 1 });
  return newest?.part ?? 0;
}

function byDay(events: readonly AnalyticsEvent[]): ReadonlyMap<string, readonly AnalyticsEvent[]> {
  const days = new Map<string, AnalyticsEvent[]>();
  for (const event of events) {
    const day = utcDay(event.at);
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return days;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);
const MOST_PARTS = 100_000;
const FIELDS = ['id', 'kind', 'contentId', 'userId', 'at', 'day', 'idempotencyKey', 'value', 'properties'] as const;
