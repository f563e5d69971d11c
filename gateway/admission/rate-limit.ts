import { PolygraphError } from '#platform/errors';
import type { RateVerdict, Redis } from '#stores/redis/index';
import type { TenantContext } from '#tenancy/context';

/** @throws PolygraphError RATE_LIMITED with the seconds to wait */
export type TakeRequest = (tenant: TenantContext, setHeader: (name: string, value: string) => void) => Promise<void>;

/**
 * Counts per principal within its tenant. The key comes from the verified
 * context alone, so nobody can spend another's share, and no header changes who is counted.
 */
export function createRateLimit(redis: Pick<Redis, 'forTenant'>, perMinute: number): TakeRequest {
  const limit = { points: perMinute, seconds: 60 };
  return async (tenant, setHeader) => {
    const { kind, id } = tenant.principal;
    const verdict = await redis.forTenant(tenant).consume({ area: 'rate', parts: ['requests', kind, id] }, limit);
    for (const [name, value] of headersOf(verdict, perMinute)) setHeader(name, value);
    if (verdict.allowed) return;
    setHeader('retry-after', String(verdict.resetSeconds));
    throw new PolygraphError('RATE_LIMITED', `More than ${perMinute} requests in a minute.`, {
      facts: { retryAfterSeconds: verdict.resetSeconds },
    });
  };
}

function headersOf(verdict: RateVerdict, perMinute: number): readonly [string, string][] {
  return [
    ['ratelimit-limit', String(perMinute)],
    ['ratelimit-remaining', String(verdict.remaining)],
    ['ratelimit-reset', String(verdict.resetSeconds)],
  ];
}
