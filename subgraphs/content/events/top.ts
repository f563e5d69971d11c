import { lastDays } from '#stores/mongo/days';
import { type Documents, range, sum, type TenantMongo } from '#stores/mongo/index';
import type { Counter } from '#stores/mongo/rollups';
import type { ContentMetric } from '../generated/resolvers.ts';
import { within } from '../limits.ts';
import type { ContentViewsModel } from '../models.ts';
import { presentDocuments } from './present.ts';

/** More than asked for is counted, since documents that were deleted since then drop out. */
const SPARE = 100;

export async function topContents(
  mongo: TenantMongo,
  { days, first, by }: { readonly days: number; readonly first: number; readonly by: ContentMetric },
  now: Date,
): Promise<ContentViewsModel[]> {
  const size = within('first', first, 1, 100);
  const [from] = lastDays(days, now);
  const counter = COUNTER_OF[by];
  const ranked = await mongo.collection('content_daily').group({
    where: { day: range({ gte: from }), [counter]: range({ gt: 0 }) },
    by: ['contentId'],
    compute: { views: sum<Documents['content_daily']>('views'), count: sum<Documents['content_daily']>(counter) },
    sort: [
      ['count', -1],
      ['contentId', 1],
    ],
    limit: size + SPARE,
  });
  const present = await presentDocuments(
    mongo,
    ranked.map(({ contentId }) => contentId),
  );
  return ranked
    .filter(({ contentId }) => present.has(contentId))
    .slice(0, size)
    .map(({ contentId, views, count }) => ({ content: { id: contentId }, views, count }));
}

export const COUNTER_OF = {
  VIEWS: 'views',
  CLICKS: 'clicks',
  SHARES: 'shares',
  CONVERSIONS: 'conversions',
} as const satisfies Record<ContentMetric, Counter>;
