import { startOfDay, utcDay } from './days.ts';
import type { Documents } from './documents.ts';
import { eq, exists, oneOf, range } from './filter.ts';
import type { TenantMongo } from './index.ts';
import { idOf } from './once.ts';
import { USAGE_SUMS } from './usage-sums.ts';

export type Budget = Documents['ai_budgets'];
export type BudgetPeriod = Budget['period'];
export type BudgetAlert = Documents['ai_budget_alerts'];

/** A day or a month of UTC. */
export interface Period {
  readonly startsOn: string;
  /** The day after its last. */
  readonly endsBefore: string;
}

/** @returns the period that a day lies in */
export function periodOf(period: BudgetPeriod, day: string): Period {
  const start = startOfDay(period === 'DAY' ? day : `${day.slice(0, 7)}-01`);
  const end = new Date(start);
  if (period === 'DAY') end.setUTCDate(end.getUTCDate() + 1);
  else end.setUTCMonth(end.getUTCMonth() + 1);
  return { startsOn: utcDay(start), endsBefore: utcDay(end) };
}

/** Sets what the tenant means to spend; what was spent already counts. */
export async function setBudget(mongo: TenantMongo, budget: Budget, today: string): Promise<void> {
  await mongo.transaction(async (tx) => {
    const { period, setBy, ...set } = budget;
    const unset = setBy === undefined ? (['setBy'] as const) : [];
    const update = { set: setBy === undefined ? set : { ...set, setBy }, unset };
    await tx.collection('ai_budgets').upsertMany([{ key: { period }, update }]);
    await raiseAlerts(tx, [today], budget.setAt);
  });
}

/** @returns whether there was one; alerts that it raised stay */
export async function removeBudget(mongo: TenantMongo, period: BudgetPeriod): Promise<boolean> {
  return (await mongo.collection('ai_budgets').deleteByKey([{ period }])) > 0;
}

export function listBudgets(mongo: TenantMongo): Promise<Budget[]> {
  return mongo
    .collection('ai_budgets')
    .find({}, { fields: ['period', 'limitMicros', 'warnPercent', 'setAt', 'setBy'], sort: [['period', 1]], limit: 10 });
}

/** What was spent in a period. */
export async function spentIn(mongo: TenantMongo, { startsOn, endsBefore }: Period): Promise<number> {
  const [row] = await mongo.collection('ai_usage_daily').group({
    where: { day: range({ gte: startsOn, lt: endsBefore }) },
    by: [],
    compute: USAGE_SUMS,
    limit: 1,
  });
  return row?.costMicros ?? 0;
}

/**
 * Raises what is due for the periods of these days, each alert once: its key is the period and the level. Inside the
 * transaction that adds what was spent, so that no sum passes a limit unseen.
 */
export async function raiseAlerts(tx: TenantMongo, days: readonly string[], now: Date): Promise<void> {
  for (const budget of await listBudgets(tx)) {
    const periods = new Map(days.map((day) => periodOf(budget.period, day)).map((period) => [period.startsOn, period]));
    for (const period of periods.values()) await raiseInPeriod(tx, budget, period, now);
  }
}

async function raiseInPeriod(tx: TenantMongo, budget: Budget, period: Period, now: Date): Promise<void> {
  const { limitMicros, warnPercent } = budget;
  const spentMicros = await spentIn(tx, period);
  const levels = [
    ...(spentMicros * 100 >= limitMicros * warnPercent ? (['WARNING'] as const) : []),
    ...(spentMicros > limitMicros ? (['EXCEEDED'] as const) : []),
  ];
  if (levels.length === 0) return;
  const key = { period: budget.period, startsOn: period.startsOn };
  const alerts = tx.collection('ai_budget_alerts');
  const raised = await alerts.find(
    { period: eq(key.period), startsOn: eq(key.startsOn), level: oneOf(levels) },
    { fields: ['level'], limit: levels.length },
  );
  const missing = levels.filter((level) => !raised.some((alert) => alert.level === level));
  await alerts.insertMany(
    missing.map((level) => {
      const id = idOf('alert', tx.tenantId, `${key.period}/${key.startsOn}/${level}`);
      return { ...key, level, id, limitMicros, spentMicros, raisedAt: now };
    }),
  );
}

/** Newest first. */
export function listAlerts(mongo: TenantMongo, since: Date, limit: number): Promise<BudgetAlert[]> {
  return mongo
    .collection('ai_budget_alerts')
    .find({ raisedAt: range({ gte: since }) }, { fields: ALERT_FIELDS, sort: [['raisedAt', -1]], limit });
}

/** Of which the audit does not know yet. */
export function listUntoldAlerts(mongo: TenantMongo, limit: number): Promise<BudgetAlert[]> {
  return mongo.collection('ai_budget_alerts').find({ toldAt: exists(false) }, { fields: ALERT_FIELDS, limit });
}

export async function markAlertTold(mongo: TenantMongo, { id }: Pick<BudgetAlert, 'id'>, toldAt: Date): Promise<void> {
  await mongo.collection('ai_budget_alerts').updateOne({ id: eq(id) }, { set: { toldAt } });
}

const ALERT_FIELDS = ['id', 'period', 'startsOn', 'level', 'limitMicros', 'spentMicros', 'raisedAt'] as const;
