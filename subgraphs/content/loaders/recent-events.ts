import { DAY_MS } from '#platform/durations';
import type { AnalyticsEvent } from '#stores/mongo/events';
import { first as firstOf, oneOf, range, type TenantMongo } from '#stores/mongo/index';
import { EVENT_DAYS } from '../limits.ts';
import type { AnalyticsEventModel } from '../models.ts';
import { createListLoader } from './batch.ts';

export interface RecentEventsLoader {
  /** What a person did in the last 90 days, newest first. */
  load(userId: string, first: number): Promise<readonly AnalyticsEventModel[]>;
}

export const SHOWN_FIELDS = ['id', 'kind', 'contentId', 'userId', 'at', 'value', 'properties'] as const;

export function createRecentEventsLoader(mongo: TenantMongo, now: () => Date): RecentEventsLoader {
  const from = new Date(now().getTime() - EVENT_DAYS * DAY_MS);
  return createListLoader<AnalyticsEventModel>(async (ids, most) => {
    const rows = await mongo.collection('analytics_events').group({
      where: { userId: oneOf(ids), at: range({ gte: from }) },
      by: ['userId'],
      compute: { newest: firstOf<AnalyticsEvent, keyof AnalyticsEventModel>(most, NEWEST_FIRST, SHOWN_FIELDS) },
      limit: ids.length,
    });
    return new Map(rows.map(({ userId, newest }) => [userId, newest]));
  });
}

const NEWEST_FIRST = [
  ['at', -1],
  ['id', -1],
] as const;
