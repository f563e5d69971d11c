import { lastDays, lastHours, startOfHour } from '#stores/mongo/days';
import { oneOf, type TenantMongo } from '#stores/mongo/index';
import { COUNTERS, type Counts } from '#stores/mongo/rollups';
import { createBatchLoader, groupById } from './batch.ts';

/** What was counted of documents. Views and performance share one read of a roll-up, over the longest time that anybody asked for. */
export interface PerformanceLoader {
  /** One row for each of the last `days` days, oldest first, today included; zeros where nothing happened. */
  daily(id: string, days: number): Promise<readonly DailyRow[]>;
  /** The same by the hour, the one that runs included. */
  hourly(id: string, hours: number): Promise<readonly HourlyRow[]>;
}
export type DailyRow = Counts & { readonly day: string };
export type HourlyRow = Counts & { readonly at: Date };

export function createPerformanceLoader(mongo: TenantMongo, now: () => Date): PerformanceLoader {
  const today = now();
  const daily = createRowLoader(
    (count) => lastDays(count, today),
    async (ids, days) => {
      const rows = await mongo
        .collection('content_daily')
        .find(
          { contentId: oneOf(ids), day: oneOf(days) },
          { fields: ['contentId', 'day', ...COUNTERS], limit: ids.length * days.length },
        );
      return rows.map((row) => ({ ...row, span: row.day }));
    },
  );
  const hourly = createRowLoader(
    (count) => lastHours(count, today),
    async (ids, hours) => {
      const rows = await mongo
        .collection('content_hourly')
        .find(
          { contentId: oneOf(ids), hour: oneOf(hours) },
          { fields: ['contentId', 'hour', ...COUNTERS], limit: ids.length * hours.length },
        );
      return rows.map((row) => ({ ...row, span: row.hour }));
    },
  );
  return {
    daily: async (id, count) =>
      (await daily.load({ id, count })).map(({ span, ...counts }) => ({ day: span, ...counts })),
    hourly: async (id, count) =>
      (await hourly.load({ id, count })).map(({ span, ...counts }) => ({ at: startOfHour(span), ...counts })),
  };
}

/** Of one document, in one day or hour. */
interface Row extends Counts {
  readonly span: string;
}

function createRowLoader(
  spansOf: (count: number) => readonly string[],
  read: (
    ids: readonly string[],
    spans: readonly string[],
  ) => Promise<readonly (Row & { readonly contentId: string })[]>,
) {
  return createBatchLoader<{ id: string; count: number }, readonly Row[], readonly Row[]>({
    keyOf: ({ id, count }) => `${id}/${count}`,
    async load(ids, asks) {
      const rows = await read(ids, spansOf(Math.max(...asks.map(({ count }) => count))));
      return groupById(rows, ({ contentId }) => contentId);
    },
    pick: (rows = [], { count }) => {
      const bySpan = new Map(rows.map((row) => [row.span, row]));
      return spansOf(count).map((span) => countsOf(span, bySpan.get(span)));
    },
  });
}

const countsOf = (span: string, { views = 0, clicks = 0, shares = 0, conversions = 0 }: Partial<Counts> = {}): Row => ({
  ...{ span, views, clicks, shares, conversions },
});
