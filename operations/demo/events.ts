import { hashFraction } from '#operations/import/ids';
import { DAY_MS } from '#platform/durations';
import { contentIdOf, type DemoTenant } from './cast.ts';
import { fateOf } from './split.ts';

/** An event of the demo. The key is made of tenant, document, day and number: recorded twice, it counts once. */
export interface DemoEvent {
  readonly idempotencyKey: string;
  readonly kind: 'VIEW' | 'CLICK' | 'SHARE' | 'CONVERSION';
  readonly contentId: string;
  readonly userId: string;
  readonly at: Date;
  readonly properties: Readonly<Record<string, string>>;
}

export interface DemoEventsOptions {
  readonly slugs: readonly string[];
  /** When the tenant was made; it decides when documents were published. */
  readonly anchor: Date;
  /** Events after `from`, up to and including `to`. */
  readonly from: Date;
  readonly to: Date;
}

/**
 * What the readers of one tenant did, drawn from hashes: a few documents are
 * read a lot, most a little, each in its first week and at least every sixth
 * day after. The same span gives the same events on every machine, and a span
 * may be asked for in pieces.
 */
export function* demoEvents(tenant: DemoTenant, { slugs, anchor, from, to }: DemoEventsOptions): Generator<DemoEvent> {
  for (const slug of slugs) {
    const { status, publishedAt } = fateOf(tenant, slug, anchor);
    if (status !== 'PUBLISHED' || !publishedAt) continue;
    const contentId = contentIdOf(tenant.id, slug);
    const start = Math.max(from.getTime(), publishedAt.getTime());
    for (let day = dayOf(start); day <= dayOf(to.getTime()); day += 1) {
      for (const event of eventsOfDay(tenant, contentId, day, day - dayOf(publishedAt.getTime()))) {
        if (event.at.getTime() > start && event.at <= to) yield event;
      }
    }
  }
}

/** @param day days since 1970 @param age days since publication */
function* eventsOfDay(tenant: DemoTenant, contentId: string, day: number, age: number): Generator<DemoEvent> {
  const views = viewsOf(contentId, day, age);
  for (let number = 0; number < views; number += 1) {
    yield eventOf(tenant, contentId, day, `view-${number}`, 'VIEW');
    const next = hashFraction('next', contentId, day, number);
    if (next < 0.25) yield eventOf(tenant, contentId, day, `click-${number}`, 'CLICK');
    if (next < 0.04) yield eventOf(tenant, contentId, day, `share-${number}`, 'SHARE');
    if (next < 0.02) yield eventOf(tenant, contentId, day, `conversion-${number}`, 'CONVERSION');
  }
}

/** Weekends are quieter; 1970-01-01 was a Thursday. */
function viewsOf(contentId: string, day: number, age: number): number {
  const weekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6;
  const popularity = hashFraction('popular', contentId) ** 5 * 1.8;
  const usual = Math.floor(popularity * (weekend ? 0.4 : 1) * 2 * hashFraction('luck', contentId, day));
  const regular = (day + Math.floor(hashFraction('regular', contentId) * 6)) % 6 === 0 ? 1 : 0;
  const launch = age >= 0 && age < 7 ? 1 : 0;
  return usual + Math.max(regular, launch);
}

function eventOf(tenant: DemoTenant, contentId: string, day: number, name: string, kind: DemoEvent['kind']): DemoEvent {
  const key = `demo:${contentId}:${day}:${name}`;
  const reader = tenant.members[Math.floor(hashFraction('reader', key) * tenant.members.length)];
  if (!reader) throw new Error(`The demo tenant ${tenant.slug} has nobody who reads.`);
  return {
    idempotencyKey: key,
    kind,
    contentId,
    userId: reader.userId,
    at: new Date(Math.round((day + hashFraction('time', key)) * DAY_MS)),
    properties: { referrer: REFERRERS[Math.floor(hashFraction('referrer', key) * REFERRERS.length)] ?? 'direct' },
  };
}

const REFERRERS = ['search', 'newsletter', 'direct', 'docs'];

const dayOf = (time: number): number => Math.floor(time / DAY_MS);
