import { PolygraphError } from '#platform/errors';
import type { StoreCounts } from '#platform/tally';
import type { Redis, TenantTake } from '#stores/redis/index';
import type { TenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import type { Estimate } from './cost.ts';

/** The points that each tenant may spend in a minute. */
export interface Budget {
  /** Takes what the operation is expected to cost. @throws PolygraphError BUDGET_EXCEEDED, and then takes nothing */
  charge(tenant: TenantContext, estimate: Estimate): Promise<Bill>;
  /** What is left, without taking. */
  left(tenant: TenantContext): Promise<BudgetLeft>;
}

export interface BudgetLeft {
  readonly allowed: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface Bill {
  readonly estimate: Estimate;
  readonly budget: BudgetLeft;
  /**
   * Corrects the charge by the statements that the stores really received: none where the answer was kept, more where a
   * field asked for more than is known of it. Once; again it only tells. @returns what it cost in the end
   */
  settle(asked: Partial<StoreCounts> | undefined): number;
}

/** @param perMinute of a STANDARD tenant */
export function createBudget(redis: Pick<Redis, 'forTenant'>, perMinute: number): Budget {
  const takeOf = ({ tier }: TenantContext, points: number): TenantTake => ({
    key: { area: 'cost', parts: ['points'] },
    limit: { points: Math.ceil(perMinute * SHARES_OF_TIER[tier]), seconds: 60 },
    points,
  });
  const take = async (tenant: TenantContext, points: number) => {
    const handle = redis.forTenant(tenant);
    const wanted = takeOf(tenant, points);
    const [verdict] = await handle.consume([wanted]);
    const { allowed = true, limit = wanted.limit.points, remaining = 0, resetSeconds = 60 } = verdict ?? {};
    return { allowed, wanted, handle, budget: { allowed: limit, remaining, resetSeconds } };
  };
  return {
    async charge(tenant, estimate) {
      const { allowed, wanted, handle, budget } = await take(tenant, estimate.points);
      if (!allowed) {
        await handle.giveBack(wanted);
        throw exceeded(estimate, (await take(tenant, 0)).budget);
      }
      let actual: number | undefined;
      return {
        estimate,
        budget,
        settle(asked) {
          if (actual === undefined) {
            actual = actualPoints(estimate, asked);
            void handle.giveBack({ ...wanted, points: estimate.points - actual }).catch(() => undefined);
          }
          return actual;
        },
      };
    },
    left: async (tenant) => (await take(tenant, 0)).budget,
  };
}

/** Objects as estimated; what was to be asked of stores by the share that was asked of them. Redis is ours, not the tenant's. */
function actualPoints({ objects, queries, queryPoints }: Estimate, asked: Partial<StoreCounts> = {}): number {
  const { postgres = 0, mongo = 0, neo4j = 0 } = asked;
  const made = postgres + mongo + neo4j;
  const share = queries > 0 ? made / queries : 0;
  // An answer out of the cache has its objects, but nobody worked for them.
  return made === 0 ? 1 : objects + Math.round(queryPoints * share);
}

function exceeded({ points }: Estimate, { allowed, remaining, resetSeconds }: BudgetLeft): PolygraphError {
  const message =
    points > allowed
      ? `This operation costs ${points} points, more than the ${allowed} that the tenant may spend in a minute.`
      : `This operation costs ${points} points; ${remaining} of ${allowed} are left in this minute.`;
  const facts = { estimated: points, allowed, remaining, resetSeconds, retryAfterSeconds: resetSeconds };
  return new PolygraphError('BUDGET_EXCEEDED', message, { facts });
}

/** Of what a STANDARD tenant has. */
export const SHARES_OF_TIER = { FREE: 0.25, STANDARD: 1, PREMIUM: 4, ENTERPRISE: 16 } as const satisfies Record<
  Tier,
  number
>;
