import { raiseAlerts } from './budgets.ts';
import { daysBetween, utcDay } from './days.ts';
import type { Documents, Keys } from './documents.ts';
import { eq, oneOf } from './filter.ts';
import type { TenantMongo } from './index.ts';
import { idOf, recordOnce } from './once.ts';

export type ModelUsage = Documents['ai_model_usage'];
/** What the same principal used of the same model on one day. */
type DailyKey = Keys['ai_usage_daily'];
type Sums = Pick<Documents['ai_usage_daily'], 'calls' | 'tokensIn' | 'tokensOut' | 'costMicros'>;

export type NewUsage = Omit<ModelUsage, 'id' | 'day' | 'contentId'> & { readonly contentId?: string | undefined };

export interface RecordedUsage {
  readonly usage: ModelUsage;
  /** False where the key had been recorded before; `usage` is then the one recorded first. */
  readonly recorded: boolean;
}

/** Records uses of models and adds them to the roll-up, each exactly once. */
export async function recordUsage(mongo: TenantMongo, uses: readonly NewUsage[]): Promise<RecordedUsage[]> {
  const rows = uses.map(({ contentId, ...use }): ModelUsage => {
    const id = idOf('usage', mongo.tenantId, use.idempotencyKey);
    return { ...use, id, day: utcDay(use.at), ...(contentId === undefined ? {} : { contentId }) };
  });
  const recorded = await recordOnce(mongo, rows, {
    find: (tx, keys) =>
      tx.collection('ai_model_usage').find({ idempotencyKey: oneOf(keys) }, { fields: FIELDS, limit: keys.length }),
    async insert(tx, fresh) {
      await tx.collection('ai_model_usage').insertMany(fresh);
      const added = sumDays(fresh.map((row) => ({ ...row, calls: 1 })));
      const upserts = [...added.values()].map(({ key, sums }) => ({ key, update: { inc: sums } }));
      await tx.collection('ai_usage_daily').upsertMany(upserts);
      await raiseAlerts(tx, [...new Set(fresh.map(({ day }) => day))], new Date());
    },
  });
  return recorded.map(({ row, recorded }) => ({ usage: row, recorded }));
}

/**
 * Sums `ai_usage_daily` anew from what was recorded on these days, both included.
 * @returns how many rows were wrong
 */
export async function rebuildUsage(mongo: TenantMongo, { from, to }: { from: string; to: string }): Promise<number> {
  let repaired = 0;
  for (const day of daysBetween(from, to)) repaired += await mongo.transaction((tx) => rebuildDay(tx, day));
  return repaired;
}

const FIELDS = [
  'id',
  'model',
  'principalKind',
  'principalId',
  'contentId',
  'tokensIn',
  'tokensOut',
  'costMicros',
  'at',
  'day',
  'idempotencyKey',
] as const satisfies readonly (keyof ModelUsage)[];
const SUMS = ['calls', 'tokensIn', 'tokensOut', 'costMicros'] as const;
const MOST = 100_000;

async function rebuildDay(mongo: TenantMongo, day: string): Promise<number> {
  const daily = mongo.collection('ai_usage_daily');
  const counted = await mongo.collection('ai_model_usage').find({ day: eq(day) }, { fields: FIELDS, limit: MOST });
  const wanted = sumDays(counted.map((row) => ({ ...row, calls: 1 })));
  const stored = await daily.find(
    { day: eq(day) },
    { fields: ['day', 'principalKind', 'principalId', 'model', ...SUMS], limit: MOST },
  );
  const rows = new Map(stored.map((row) => [nameOf(row), row]));
  for (const [name, row] of rows) if (!wanted.has(name)) wanted.set(name, { key: keyOf(row), sums: ZERO });
  const wrong = [...wanted].filter(([name, { sums }]) => SUMS.some((field) => rows.get(name)?.[field] !== sums[field]));
  await daily.upsertMany(wrong.map(([, { key, sums }]) => ({ key, update: { set: sums } })));
  return wrong.length;
}

function sumDays(rows: readonly (DailyKey & Sums)[]): Map<string, { key: DailyKey; sums: Sums }> {
  const days = new Map<string, { key: DailyKey; sums: Sums }>();
  for (const row of rows) {
    const { sums } = days.get(nameOf(row)) ?? { sums: ZERO };
    days.set(nameOf(row), {
      key: keyOf(row),
      sums: {
        calls: sums.calls + row.calls,
        tokensIn: sums.tokensIn + row.tokensIn,
        tokensOut: sums.tokensOut + row.tokensOut,
        costMicros: sums.costMicros + row.costMicros,
      },
    });
  }
  return days;
}

const ZERO: Sums = { calls: 0, tokensIn: 0, tokensOut: 0, costMicros: 0 };

const keyOf = ({ day, principalKind, principalId, model }: DailyKey): DailyKey => ({
  ...{ day, principalKind, principalId, model },
});

const nameOf = (key: DailyKey): string => Object.values(keyOf(key)).join('/');
