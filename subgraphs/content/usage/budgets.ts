import { z } from 'zod';
import { DAY_MS } from '#platform/durations';
import { type Budget, listAlerts, listBudgets, periodOf, setBudget, spentIn } from '#stores/mongo/budgets';
import { utcDay } from '#stores/mongo/days';
import type { TenantMongo } from '#stores/mongo/index';
import type { Context } from '../context.ts';
import type { QueryModelBudgetAlertsArgs, SetModelBudgetInput } from '../generated/resolvers.ts';
import { checkInput } from '../input.ts';
import { within } from '../limits.ts';
import type { ModelBudgetAlertModel, ModelBudgetModel } from '../models.ts';

export async function modelBudgets(mongo: TenantMongo, now: Date): Promise<ModelBudgetModel[]> {
  const budgets = await listBudgets(mongo);
  return Promise.all(budgets.map((budget) => withSpent(mongo, budget, now)));
}

export function modelBudgetAlerts(
  mongo: TenantMongo,
  { days, first }: QueryModelBudgetAlertsArgs,
  now: Date,
): Promise<ModelBudgetAlertModel[]> {
  const since = new Date(now.getTime() - within('days', days ?? null, 1, 366) * DAY_MS);
  return listAlerts(mongo, since, within('first', first ?? null, 1, 100));
}

export async function setModelBudget(
  input: SetModelBudgetInput,
  { tenant, stores: { mongo } }: Context,
  now: Date,
): Promise<ModelBudgetModel> {
  const { limitMicros, warnPercent } = checkInput(Limits, input);
  const { kind, id: setBy } = tenant.principal;
  const given = { period: input.period, limitMicros, warnPercent: warnPercent ?? 80, setAt: now };
  const budget: Budget = kind === 'user' ? { ...given, setBy } : given;
  await setBudget(mongo, budget, utcDay(now));
  return withSpent(mongo, budget, now);
}

async function withSpent(mongo: TenantMongo, budget: Budget, now: Date): Promise<ModelBudgetModel> {
  const period = periodOf(budget.period, utcDay(now));
  return { ...budget, startsOn: period.startsOn, spentMicros: await spentIn(mongo, period) };
}

const from1 = (most: number) =>
  z.int(`is from 1 to ${most}`).min(1, `is from 1 to ${most}`).max(most, `is from 1 to ${most}`);
const Limits = z.object({ limitMicros: from1(1_000_000_000_000), warnPercent: from1(100).nullish() });
