import { lastDays } from '#stores/mongo/days';
import { type Documents, oneOf, type TenantMongo } from '#stores/mongo/index';
import { createBatchLoader, groupById } from './batch.ts';

type Row = Documents['content_daily'];

export interface DailyLoader {
  /** One row for each of the last `days` days (1 to 90), oldest first, today included; zeros where nothing happened. */
  load(id: string, days: number): Promise<readonly DailyRow[]>;
}
export type DailyRow = Omit<Row, 'contentId'>;

/** Views and performance share one read of the roll-up, over the longest span that anybody asked for. */
export function createDailyLoader(mongo: TenantMongo, now: () => Date): DailyLoader {
  const today = now();
  const loader = createBatchLoader<{ id: string; days: number }, readonly DailyRow[], readonly DailyRow[]>({
    keyOf: ({ id, days }) => `${id}/${days}`,
    async load(ids, asks) {
      const most = Math.max(...asks.map(({ days }) => days));
      const rows = await mongo
        .collection('content_daily')
        .find(
          { contentId: oneOf(ids), day: oneOf(lastDays(most, today)) },
          { fields: ['contentId', 'day', 'views', 'clicks', 'shares', 'conversions'], limit: ids.length * most },
        );
      return groupById(rows, ({ contentId }) => contentId);
    },
    pick: (rows = [], { days }) => {
      const byDay = new Map(rows.map((row) => [row.day, row]));
      return lastDays(days, today).map(
        (day) => byDay.get(day) ?? { day, views: 0, clicks: 0, shares: 0, conversions: 0 },
      );
    },
  });
  return { load: (id, days) => loader.load({ id, days }) };
}
