import { PolygraphError } from '#platform/errors';
import type { AnalyticsEvent } from '#stores/mongo/events';
import {
  average,
  count,
  eq,
  exists,
  largest,
  percentiles as percentilesOf,
  range,
  smallest,
  type TenantMongo,
} from '#stores/mongo/index';
import { isUuid } from '../../runtime/ids.ts';
import type { QueryEventValuesArgs } from '../generated/resolvers.ts';
import { EVENT_DAYS, within } from '../limits.ts';
import type { EventValuesModel } from '../models.ts';
import { checkSpan } from './span.ts';

/** How what was measured is spread, in one command. */
export async function eventValues(mongo: TenantMongo, args: QueryEventValuesArgs): Promise<EventValuesModel> {
  const { from, to } = checkSpan(args, EVENT_DAYS);
  const asked = checkPercentiles(args.percentiles ?? []);
  const { kind, contentId } = args;
  if (typeof contentId === 'string' && !isUuid(contentId)) return NONE;
  const [row] = await mongo.collection('analytics_events').group({
    where: {
      at: range({ gte: from, lt: to }),
      value: exists(true),
      ...(contentId ? { contentId: eq(contentId.toLowerCase()) } : {}),
      ...(kind ? { kind: eq(kind) } : {}),
    },
    by: [],
    compute: {
      count: count(),
      average: average<AnalyticsEvent>('value'),
      smallest: smallest<AnalyticsEvent>('value'),
      largest: largest<AnalyticsEvent>('value'),
      values: percentilesOf<AnalyticsEvent>(
        'value',
        asked.map((percentile) => percentile / 100),
      ),
    },
    limit: 1,
  });
  if (!row) return NONE;
  const { values, ...rest } = row;
  return { ...rest, percentiles: asked.map((percentile, at) => ({ percentile, value: values[at] ?? 0 })) };
}

const NONE: EventValuesModel = { count: 0, average: null, smallest: null, largest: null, percentiles: [] };

function checkPercentiles(asked: readonly number[]): readonly number[] {
  within('percentiles', asked.length, 1, 10);
  const wrong = asked.find((percentile) => !(percentile >= 0 && percentile <= 100));
  if (wrong === undefined) return asked;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`percentiles\` are from 0 to 100; got ${wrong}.`, {
    facts: { argument: 'percentiles', limit: 100, given: wrong },
  });
}
