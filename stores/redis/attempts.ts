import type { RedisConnection } from './connection.ts';
import { attemptKey } from './keys.ts';
import type { RateLimit, RateLimits, RateVerdict } from './rate-limit.ts';

/**
 * How often something was tried by those of whom no tenant is known yet, such as to sign in. The counts are the
 * installation's: no tenant's handle reaches them, and nothing here reaches a tenant's keys.
 */
export interface Attempts {
  /** One of each, in one command. Never fails: counts in this process while Redis is away. */
  take(attempts: readonly Attempt[]): Promise<RateVerdict[]>;
  giveBack(attempts: readonly Attempt[]): Promise<void>;
}

export interface Attempt {
  /** A lower-case word. */
  readonly kind: string;
  /** Who tries, and whom: as a client sent it. */
  readonly parts: readonly string[];
  readonly limit: RateLimit;
}

export function createAttempts(connection: RedisConnection, limits: RateLimits): Attempts {
  const taking = ({ kind, parts, limit }: Attempt) => ({ key: attemptKey(kind, parts), limit, points: 1 });
  return {
    take: (attempts) => limits.take(connection, attempts.map(taking)),
    async giveBack(attempts) {
      await Promise.all(attempts.map((attempt) => limits.giveBack(connection, taking(attempt))));
    },
  };
}
