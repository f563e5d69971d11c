import { lastDays } from '#stores/mongo/days';
import { type Documents, exists, oneOf, range, sum, type TenantMongo } from '#stores/mongo/index';
import { within } from '../limits.ts';
import type { ContentViewsModel } from '../models.ts';

/** More than asked for is counted, since documents that were deleted since then drop out. */
const SPARE = 100;

export async function topContents(
  mongo: TenantMongo,
  days: number,
  first: number,
  now: Date,
): Promise<ContentViewsModel[]> {
  const size = within('first', first, 1, 100);
  const [from] = lastDays(days, now);
  const ranked = await mongo.collection('content_daily').group({
    where: { day: range({ gte: from }), views: range({ gt: 0 }) },
    by: ['contentId'],
    compute: { views: sum<Documents['content_daily']>('views') },
    sort: [
      ['views', -1],
      ['contentId', 1],
    ],
    limit: size + SPARE,
  });
  if (ranked.length === 0) return [];
  const ids = ranked.map(({ contentId }) => contentId);
  const where = { contentId: oneOf(ids), deletedAt: exists(false) };
  const there = await mongo.collection('content_documents').find(where, { fields: ['contentId'], limit: ids.length });
  const present = new Set(there.map(({ contentId }) => contentId));
  return ranked
    .filter(({ contentId }) => present.has(contentId))
    .slice(0, size)
    .map(({ contentId, views }) => ({ content: { id: contentId }, views }));
}
