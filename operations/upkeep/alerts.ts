import { type BudgetAlert, listUntoldAlerts, markAlertTold } from '#stores/mongo/budgets';
import { appendNotice } from '#stores/postgres/outbox';
import type { TenantStores } from '#stores/stores';

/**
 * Puts alerts of budgets, which are raised in MongoDB, into the audit and among the changes that others follow, which lie
 * in PostgreSQL. Each is there once: its id is looked for under a lock, so that a run that was killed before it could say
 * so, or another at the same time, adds no second.
 * @returns how many
 */
export async function tellAlerts(
  { mongo, postgres }: Pick<TenantStores, 'mongo' | 'postgres'>,
  now: Date,
): Promise<number> {
  const alerts = await listUntoldAlerts(mongo, AT_ONCE);
  for (const alert of alerts) {
    await postgres.transaction((tx) => append(tx, alert));
    await markAlertTold(mongo, alert, now);
  }
  return alerts.length;
}

type Transaction = Parameters<Parameters<TenantStores['postgres']['transaction']>[0]>[0];

async function append(tx: Transaction, { id, raisedAt, ...alert }: BudgetAlert): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${id}, 0))::text`;
  const told = await tx.$queryRaw<object[]>`
    select audit_append(current_setting('app.tenant')::uuid, clock_timestamp(), 'service', 'upkeep', 'usage.budget_alert',
      'EVENT', 'ai_budget_alerts', ${id}, ${alert.level === 'EXCEEDED' ? 'CRITICAL' : 'WARNING'}, NULL, NULL,
      ${JSON.stringify(alert)}::jsonb)::text
    where not exists (select 1 from audit_log where action = 'usage.budget_alert' and entity_id = ${id})`;
  if (told.length === 0) return;
  const payload = { ...alert, raisedAt: raisedAt.toISOString() };
  await appendNotice(tx, { kind: 'budget.alert', entity: 'BudgetAlert', entityId: id, payload });
}

const AT_ONCE = 100;
