import { DAY_MS } from '#platform/durations';
import { daysBetween, utcDay } from '#stores/mongo/days';
import { range, type TenantMongo } from '#stores/mongo/index';
import { USAGE_SUMS } from '#stores/mongo/usage-sums';
import { checkSpan } from '../events/span.ts';
import type { QueryModelUsageArgs } from '../generated/resolvers.ts';
import { within } from '../limits.ts';
import type { ModelUsageModel } from '../models.ts';

/** Sums of the roll-up, in one command. */
export async function modelUsage(
  mongo: TenantMongo,
  { from, to, by, first }: QueryModelUsageArgs,
): Promise<readonly ModelUsageModel[]> {
  checkSpan({ from, to }, MOST_DAYS);
  const days = daysBetween(utcDay(from), utcDay(to));
  const size = within('first', first ?? null, 1, 100);
  const daily = mongo.collection('ai_usage_daily');
  const where = { day: range({ gte: days[0], lt: dayAfter(to) }) };
  const dearest = ['costMicros', -1] as const;
  switch (by) {
    case 'DAY': {
      const rows = await daily.group({ where, by: ['day'], compute: USAGE_SUMS, limit: days.length });
      const known = new Map(rows.map((row) => [row.day, row]));
      return days.map((day) => known.get(day) ?? { day, ...NOTHING });
    }
    case 'MODEL':
      return daily.group({ where, by: ['model'], compute: USAGE_SUMS, sort: [dearest, ['model', 1]], limit: size });
    case 'USER': {
      const who = ['principalKind', 'principalId'] as const;
      const sort = [dearest, ['principalKind', 1], ['principalId', 1]] as const;
      return daily.group({ where, by: who, compute: USAGE_SUMS, sort, limit: size });
    }
  }
}

const dayAfter = (at: Date): string => utcDay(new Date(at.getTime() + DAY_MS));

const MOST_DAYS = 366;
const NOTHING = { calls: 0, tokensIn: 0, tokensOut: 0, costMicros: 0 };
