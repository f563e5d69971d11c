import { PolygraphError } from '#platform/errors';
import type { Redis } from '#stores/redis/index';
import type { TenantContext } from '#tenancy/context';
import { SHARES_OF_TIER } from './budget.ts';

/** @throws PolygraphError RATE_LIMITED with the seconds to wait; then none were taken */
export type TakeEvents = (tenant: TenantContext, events: number) => Promise<void>;

/** @param perMinute of a STANDARD tenant; the others have as many times more or less as of their budget */
export function createEventRate(redis: Pick<Redis, 'forTenant'>, perMinute: number): TakeEvents {
  return async (tenant, events) => {
    const limit = { points: Math.ceil(perMinute * SHARES_OF_TIER[tenant.tier]), seconds: 60 };
    const take = { key: { area: 'rate', parts: ['events'] }, limit, points: events };
    const handle = redis.forTenant(tenant);
    const [verdict] = await handle.consume([take]);
    if (!verdict || verdict.allowed) return;
    await handle.giveBack(take);
    const { limit: allowed, resetSeconds } = verdict;
    throw new PolygraphError('RATE_LIMITED', `More than ${allowed} events of this tenant in a minute.`, {
      facts: { limitOf: 'events', allowed, resetSeconds, retryAfterSeconds: resetSeconds },
    });
  };
}
