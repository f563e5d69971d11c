import { DAY_MS } from '#platform/durations';
import { count, eq, range, type TenantMongo } from '#stores/mongo/index';
import { isUuid } from '../../runtime/ids.ts';
import type { QueryEventSeriesArgs, SeriesInterval } from '../generated/resolvers.ts';
import { EVENT_DAYS } from '../limits.ts';
import type { EventSeriesModel } from '../models.ts';
import { checkSpan, type Span } from './span.ts';

/** One command, the previous time included: both lie side by side. Gaps are filled here, which both servers leave open. */
export async function eventSeries(mongo: TenantMongo, args: QueryEventSeriesArgs): Promise<EventSeriesModel> {
  const interval = args.interval ?? 'DAY';
  const { step, unit, mostDays } = INTERVALS[interval];
  const { from, to } = aligned(checkSpan(args, mostDays), step);
  const length = to - from;
  const compared = args.compare === 'PREVIOUS';
  const counts = await countBySpan(mongo, args, unit, {
    from: new Date(compared ? from - length : from),
    to: new Date(to),
  });
  const at = (moment: number): number => counts.get(moment) ?? 0;
  const points = Array.from({ length: length / step }, (_, index) => {
    const moment = from + index * step;
    return { at: new Date(moment), events: at(moment), previousEvents: compared ? at(moment - length) : null };
  });
  const total = points.reduce((sum, { events }) => sum + events, 0);
  const previousTotal = compared ? points.reduce((sum, { previousEvents }) => sum + (previousEvents ?? 0), 0) : null;
  const change = previousTotal ? total / previousTotal - 1 : null;
  return { interval, from: new Date(from), to: new Date(to), total, previousTotal, change, points };
}

const INTERVALS = {
  HOUR: { step: DAY_MS / 24, unit: 'hour', mostDays: 14 },
  DAY: { step: DAY_MS, unit: 'day', mostDays: EVENT_DAYS },
} as const satisfies Record<SeriesInterval, object>;

/** Whole spans, in milliseconds: hours and days of UTC divide the time since 1970. */
function aligned({ from, to }: Span, step: number): { from: number; to: number } {
  return { from: Math.floor(from.getTime() / step) * step, to: Math.ceil(to.getTime() / step) * step };
}

async function countBySpan(
  mongo: TenantMongo,
  { contentId, kind }: QueryEventSeriesArgs,
  unit: 'hour' | 'day',
  { from, to }: Span,
): Promise<ReadonlyMap<number, number>> {
  if (typeof contentId === 'string' && !isUuid(contentId)) return new Map();
  const rows = await mongo.collection('analytics_events').group({
    where: {
      at: range({ gte: from, lt: to }),
      ...(contentId ? { contentId: eq(contentId.toLowerCase()) } : {}),
      ...(kind ? { kind: eq(kind) } : {}),
    },
    by: [],
    spans: { at: unit },
    compute: { events: count() },
    limit: 1_000,
  });
  return new Map(rows.map(({ at, events }) => [at.getTime(), events]));
}
