import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { PolygraphError } from '#platform/errors';
import type { RedisConnection } from './connection.ts';

export interface RateLimit {
  readonly points: number;
  readonly seconds: number;
}

export interface RateVerdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until the window ends, rounded up. */
  readonly resetSeconds: number;
  /** True where Redis was away and this process counted alone. */
  readonly local: boolean;
}

/**
 * Fixed windows, counted in Redis for all processes. While Redis is away each
 * process counts for itself: the limit is then per process, which is looser but
 * never off, and never another tenant's count.
 */
export function createRateLimits(connection: RedisConnection) {
  const limiters = new Map<string, { shared: RateLimiterRedis; local: RateLimiterMemory }>();

  const limitersOf = ({ points, seconds }: RateLimit) => {
    const name = `${points}/${seconds}`;
    let pair = limiters.get(name);
    if (!pair) {
      const options = { points, duration: seconds, keyPrefix: '' };
      pair = {
        shared: new RateLimiterRedis({ ...options, storeClient: connection.client, rejectIfRedisNotReady: true }),
        local: new RateLimiterMemory(options),
      };
      limiters.set(name, pair);
    }
    return pair;
  };

  return async (key: string, limit: RateLimit): Promise<RateVerdict> => {
    const { shared, local } = limitersOf(limit);
    try {
      return verdict(await connection.command(['INCR', key], () => settle(shared.consume(key))), limit, false);
    } catch (error) {
      if (!(error instanceof PolygraphError)) throw error;
      return verdict(await settle(local.consume(key)), limit, true);
    }
  };
}

/** The library rejects with the count when it is used up: that is an answer, not a failure. */
async function settle(consumed: Promise<RateLimiterRes>): Promise<RateLimiterRes> {
  try {
    return await consumed;
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

function verdict(result: RateLimiterRes, limit: RateLimit, local: boolean): RateVerdict {
  return {
    allowed: result.consumedPoints <= limit.points,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
    local,
  };
}
