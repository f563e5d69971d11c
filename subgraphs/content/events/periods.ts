import { daysBetween, utcDay } from '#stores/mongo/days';
import { type Documents, oneOf, sum, type TenantMongo } from '#stores/mongo/index';
import { COUNTERS, type Counts } from '#stores/mongo/rollups';
import type { PeriodInput, QueryComparePeriodsArgs } from '../generated/resolvers.ts';
import { EVENT_DAYS, within } from '../limits.ts';
import type { ContentChangeModel, PeriodComparisonModel } from '../models.ts';
import { presentDocuments } from './present.ts';
import { checkSpan } from './span.ts';
import { COUNTER_OF } from './top.ts';

/** Two reads of the roll-up by document, and one that leaves out the documents that are gone. */
export async function comparePeriods(
  mongo: TenantMongo,
  { current, previous, by, first }: QueryComparePeriodsArgs,
): Promise<PeriodComparisonModel> {
  const size = within('first', first ?? null, 1, 100);
  const spans = [daysOf(current), daysOf(previous)] as const;
  const [now, before] = await Promise.all([countPeriod(mongo, spans[0]), countPeriod(mongo, spans[1])]);
  const counter = COUNTER_OF[by ?? 'VIEWS'];
  const changes = [...new Set([...now.keys(), ...before.keys()])]
    .map((id) => changeOf(id, now.get(id)?.[counter] ?? 0, before.get(id)?.[counter] ?? 0))
    .filter((change) => change.current !== change.previous)
    .sort(byDifference)
    .slice(0, size + SPARE);
  const present = await presentDocuments(
    mongo,
    changes.map(({ content }) => content.id),
  );
  return {
    current: { ...endsOf(spans[0]), ...totalOf(now) },
    previous: { ...endsOf(spans[1]), ...totalOf(before) },
    movers: changes.filter(({ content }) => present.has(content.id)).slice(0, size),
  };
}

/** More than asked for is ranked, since documents that were deleted since then drop out. */
const SPARE = 100;
/** Documents of which something was counted in one time. */
const MOST_DOCUMENTS = 100_000;

function daysOf(period: PeriodInput): readonly string[] {
  const { from, to } = checkSpan(period, EVENT_DAYS);
  // `to` is where the time ends: the day that begins there is not in it.
  return daysBetween(utcDay(from), utcDay(new Date(to.getTime() - 1)));
}

const endsOf = (days: readonly string[]) => ({ from: days[0] ?? '', to: days.at(-1) ?? '' });

async function countPeriod(mongo: TenantMongo, days: readonly string[]): Promise<ReadonlyMap<string, Counts>> {
  const rows = await mongo.collection('content_daily').group({
    where: { day: oneOf(days) },
    by: ['contentId'],
    compute: SUMS,
    limit: MOST_DOCUMENTS,
  });
  return new Map(rows.map(({ contentId, ...counts }) => [contentId, counts]));
}

type Daily = Documents['content_daily'];
const SUMS = {
  views: sum<Daily>('views'),
  clicks: sum<Daily>('clicks'),
  shares: sum<Daily>('shares'),
  conversions: sum<Daily>('conversions'),
} as const;

function totalOf(counted: ReadonlyMap<string, Counts>): Counts {
  const totals = { views: 0, clicks: 0, shares: 0, conversions: 0 };
  for (const counts of counted.values()) for (const counter of COUNTERS) totals[counter] += counts[counter];
  return totals;
}

function changeOf(id: string, current: number, previous: number): ContentChangeModel {
  return { content: { id }, current, previous, change: previous === 0 ? null : current / previous - 1 };
}

function byDifference(a: ContentChangeModel, b: ContentChangeModel): number {
  const difference = Math.abs(b.current - b.previous) - Math.abs(a.current - a.previous);
  return difference || (a.content.id < b.content.id ? -1 : 1);
}
