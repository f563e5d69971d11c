import { PolygraphError } from '#platform/errors';
import type { Settings } from '#platform/settings';
import type { RateVerdict, Redis } from '#stores/redis/index';
import type { TenantContext } from '#tenancy/context';

export type SetHeader = (name: string, value: string) => void;

/**
 * @param document what names the operation: see `documentIdOf`
 * @throws PolygraphError RATE_LIMITED with who is over, what is allowed and the seconds to wait
 */
export type TakeRequest = (tenant: TenantContext, document: string, setHeader: SetHeader) => Promise<void>;

export type RateSettings = Pick<
  Settings,
  'RATE_LIMIT_PER_MINUTE' | 'RATE_LIMIT_TENANT_PER_MINUTE' | 'RATE_LIMIT_OPERATION_PER_MINUTE'
>;

/**
 * Counts each request for its principal, its tenant and its operation. The keys
 * come from the verified context alone, so nobody can spend another's share, and
 * no header changes who is counted. The headers tell of the limit that is nearest.
 */
export function createRateLimit(redis: Pick<Redis, 'forTenant'>, settings: RateSettings): TakeRequest {
  const limits = [
    ['principal', settings.RATE_LIMIT_PER_MINUTE],
    ['tenant', settings.RATE_LIMIT_TENANT_PER_MINUTE],
    ['operation', settings.RATE_LIMIT_OPERATION_PER_MINUTE],
  ] as const;
  return async (tenant, document, setHeader) => {
    const parts = {
      principal: ['requests', tenant.principal.kind, tenant.principal.id],
      tenant: ['tenant'],
      operation: ['operation', document],
    };
    const takes = limits.map(([of, points]) => ({
      key: { area: 'rate', parts: parts[of] },
      limit: { points, seconds: 60 },
      points: 1,
    }));
    const verdicts = await redis.forTenant(tenant).consume(takes);
    const counted = limits.flatMap(([of], at) => (verdicts[at] ? [{ of, verdict: verdicts[at] }] : []));
    const [nearest] = counted.sort((a, b) => shareLeft(a.verdict) - shareLeft(b.verdict));
    if (!nearest) return;
    tellLimit(nearest.verdict, setHeader);
    const refused = counted.find(({ verdict }) => !verdict.allowed);
    if (refused) throw tooMany(refused.of, refused.verdict);
  };
}

/** Refused ones sort before all others. */
const shareLeft = ({ allowed, remaining, limit }: RateVerdict): number => (allowed ? remaining / limit : -1);

function tellLimit({ limit, remaining, resetSeconds }: RateVerdict, setHeader: SetHeader): void {
  setHeader('ratelimit-limit', String(limit));
  setHeader('ratelimit-remaining', String(remaining));
  setHeader('ratelimit-reset', String(resetSeconds));
}

function tooMany(of: string, { limit, remaining, resetSeconds }: RateVerdict): PolygraphError {
  return new PolygraphError('RATE_LIMITED', `More than ${limit} requests of this ${of} in a minute.`, {
    facts: { limitOf: of, allowed: limit, remaining, resetSeconds, retryAfterSeconds: resetSeconds },
  });
}
