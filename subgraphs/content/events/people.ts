import { lastDays } from '#stores/mongo/days';
import { count, exists, range, type TenantMongo } from '#stores/mongo/index';
import { within } from '../limits.ts';
import type { PersonActivityModel } from '../models.ts';

/** Counted from the events: who did something stands in no roll-up. */
export async function topPeople(
  mongo: TenantMongo,
  days: number,
  first: number,
  now: Date,
): Promise<PersonActivityModel[]> {
  const rows = await mongo.collection('analytics_events').group({
    where: { day: range({ gte: lastDays(days, now)[0] }), userId: exists(true) },
    by: ['userId'],
    compute: { events: count() },
    sort: [
      ['events', -1],
      ['userId', 1],
    ],
    limit: within('first', first, 1, 100),
  });
  return rows.map(({ userId, events }) => ({ user: { id: userId }, events }));
}
