import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import type { Context } from '../../context.ts';
import type { MutationSetPrivacyBudgetArgs } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';

export interface BudgetRow {
  readonly topic: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly spentEpsilon: number;
  readonly spentDelta: number;
}

/** Budgets are whole numbers of these, so that sums are exact. */
export const EPSILON_UNITS = 1e6;
export const DELTA_UNITS = 1e12;

export const topic = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$/, 'is 1 to 80 of a-z, 0-9 and inner hyphens');

/** By topic; of all, or of one. */
export const readBudgets = (sql: RegistrySql, one: string | null = null): Promise<BudgetRow[]> =>
  sql`SELECT topic, epsilon_micros / 1e6::float8 AS epsilon, delta_picos / 1e12::float8 AS delta,
        spent_epsilon_micros / 1e6::float8 AS "spentEpsilon", spent_delta_picos / 1e12::float8 AS "spentDelta"
      FROM privacy_budgets WHERE ${one}::text IS NULL OR topic = ${one}::text ORDER BY topic`;

/** What a tenant that has said nothing lets be learnt of it for a topic. */
export async function openBudget(sql: RegistrySql, tenantId: string, name: string): Promise<void> {
  await sql`INSERT INTO privacy_budgets (tenant_id, topic, epsilon_micros, delta_picos)
    VALUES (${tenantId}, ${name}, ${STANDARD.epsilon * EPSILON_UNITS}, ${STANDARD.delta * DELTA_UNITS}) ON CONFLICT DO NOTHING`;
}

/** An explicit act, which the audit tells of. What is spent stays spent. */
export async function setBudget({ tenant, stores }: Context, args: MutationSetPrivacyBudgetArgs): Promise<BudgetRow> {
  const input = check(BUDGET, args);
  const [epsilon, delta] = [Math.round(input.epsilon * EPSILON_UNITS), Math.round(input.delta * DELTA_UNITS)];
  return stores.postgres.registry.transaction(
    async (sql) => {
      const [set] = await sql`INSERT INTO privacy_budgets (tenant_id, topic, epsilon_micros, delta_picos)
        VALUES (${tenant.tenantId}, ${input.topic}, ${epsilon}, ${delta})
        ON CONFLICT (tenant_id, topic) DO UPDATE
        SET epsilon_micros = excluded.epsilon_micros, delta_picos = excluded.delta_picos
        WHERE privacy_budgets.spent_epsilon_micros <= excluded.epsilon_micros
          AND privacy_budgets.spent_delta_picos <= excluded.delta_picos
        RETURNING topic`;
      if (!set) throw new PolygraphError('CONFLICT', 'More than that is spent already.');
      const [budget] = await readBudgets(sql, input.topic);
      if (!budget) throw new Error('A budget that was set is not there.');
      return budget;
    },
    { action: 'federation.budget' },
  );
}

/** @throws PolygraphError PRIVACY_BUDGET_EXHAUSTED */
export async function checkBudget(
  sql: RegistrySql,
  name: string,
  cost: { readonly epsilonMicros: number; readonly deltaPicos: number },
): Promise<void> {
  const [left] = await sql<{ epsilon: number; delta: number }>`
    SELECT (epsilon_micros - spent_epsilon_micros)::float8 AS epsilon, (delta_picos - spent_delta_picos)::float8 AS delta
    FROM privacy_budgets WHERE topic = ${name}`;
  if (left && left.epsilon >= cost.epsilonMicros && left.delta >= cost.deltaPicos) return;
  throw new PolygraphError(
    'PRIVACY_BUDGET_EXHAUSTED',
    'The privacy budget of the topic does not suffice for a round.',
    {
      facts: {
        epsilonLeft: (left?.epsilon ?? 0) / EPSILON_UNITS,
        epsilonPerRound: cost.epsilonMicros / EPSILON_UNITS,
        deltaLeft: (left?.delta ?? 0) / DELTA_UNITS,
        deltaPerRound: cost.deltaPicos / DELTA_UNITS,
      },
    },
  );
}

const STANDARD = { epsilon: 8, delta: 1e-5 };
const BUDGET = z.object({
  topic,
  epsilon: z.number().min(0, 'is at least 0').max(20, 'is at most 20'),
  delta: z.number().min(0, 'is at least 0').max(1e-4, 'is at most 1e-4'),
});
