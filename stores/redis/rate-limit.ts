import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { PolygraphError } from '#platform/errors';
import type { RedisConnection } from './connection.ts';

export interface RateLimit {
  readonly points: number;
  readonly seconds: number;
}

export interface RateVerdict {
  readonly allowed: boolean;
  /** Points of a whole window, as they hold here: a share of them where this process counts alone. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends, rounded up. */
  readonly resetSeconds: number;
  /** True where Redis was away and this process counted alone. */
  readonly local: boolean;
}

/** Points to take under one key. */
export interface Take {
  /** As Redis knows it. */
  readonly key: string;
  readonly limit: RateLimit;
  readonly points: number;
}

export interface RateLimits {
  /** Takes all in one command and never fails. What is refused is counted too: give it back where nothing was done for it. */
  take(connection: Commands, takes: readonly Take[]): Promise<RateVerdict[]>;
  /** Gives back points that were taken and not needed. May fall into the next window; then that one has a little more. */
  giveBack(connection: Commands, take: Take): Promise<void>;
}

type Commands = Pick<RedisConnection, 'command'>;

/**
 * Fixed windows, counted in Redis for all processes. While Redis is away each
 * process counts for itself with a share of the points: several processes would
 * otherwise allow several times as much, just when there is trouble.
 */
export function createRateLimits(): RateLimits {
  const limiters = new Map<string, RateLimiterMemory>();

  const limiterOf = ({ points, seconds }: RateLimit): RateLimiterMemory => {
    const name = `${points}/${seconds}`;
    const known = limiters.get(name) ?? new RateLimiterMemory({ points: shareOf(points), duration: seconds });
    limiters.set(name, known);
    return known;
  };

  const takeHere = async ({ key, limit, points }: Take): Promise<RateVerdict> => {
    const { consumedPoints, msBeforeNext } = await settle(limiterOf(limit).consume(key, points));
    return { ...verdict(consumedPoints, msBeforeNext, shareOf(limit.points)), local: true };
  };

  const count = ({ command }: Commands, takes: readonly Take[]): Promise<[number, number][]> =>
    command(['MULTI', 'INCRBY', ...takes.map(({ key }) => key)], async (client) => {
      const batch = client.multi();
      for (const { key, limit, points } of takes) {
        batch.set(key, 0, 'EX', limit.seconds, 'NX').incrby(key, points).pttl(key);
      }
      const replies = (await batch.exec()) ?? [];
      const numberAt = (at: number): number => {
        const [error, reply] = replies[at] ?? [new Error('Redis left the answer out.')];
        if (error) throw error;
        return Number(reply);
      };
      return takes.map((_, at) => [numberAt(at * 3 + 1), numberAt(at * 3 + 2)]);
    });

  return {
    async take(connection, takes) {
      try {
        const counted = await count(connection, takes);
        return counted.map(([used, ms], at) => ({ ...verdict(used, ms, takes[at]?.limit.points ?? 0), local: false }));
      } catch (error) {
        if (!(error instanceof PolygraphError)) throw error;
        return Promise.all(takes.map(takeHere));
      }
    },
    async giveBack(connection, take) {
      if (take.points === 0) return;
      try {
        await count(connection, [{ ...take, points: -take.points }]);
      } catch (error) {
        if (!(error instanceof PolygraphError)) throw error;
        await limiterOf(take.limit).reward(take.key, take.points);
      }
    },
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

function verdict(used: number, msLeft: number, limit: number): Omit<RateVerdict, 'local'> {
  return {
    allowed: used <= limit,
    limit,
    remaining: Math.max(0, Math.min(limit, limit - used)),
    resetSeconds: Math.max(1, Math.ceil(msLeft / 1000)),
  };
}

const shareOf = (points: number): number => Math.max(1, Math.floor(points * LOCAL_SHARE));
const LOCAL_SHARE = 0.25;
