import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ErrorCode, findPolygraphError, PolygraphError } from '#platform/errors';

/**
 * @param address of whoever connects, or whom a trusted proxy names
 * @throws PolygraphError RATE_LIMITED before anything of the request is verified; else what `signIn` throws
 */
export type GuardSignIn = <T>(address: string, signIn: () => Promise<T>) => Promise<T>;

/**
 * Ends guessing, and the work that guessing makes, by address: there is no
 * tenant yet to count for, so it is counted in this process and never in a key
 * that a tenant's name could be put into. Requests without credentials and with
 * a token that has run out are no guesses.
 */
export function createSignInGuard(perMinute: number): GuardSignIn {
  const failures = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (address, signIn) => {
    const counted = await failures.get(address);
    if (counted && counted.consumedPoints >= perMinute) {
      const seconds = Math.max(1, Math.ceil(counted.msBeforeNext / 1000));
      throw new PolygraphError(
        'RATE_LIMITED',
        `More than ${perMinute} failed sign-ins from this address in a minute.`,
        {
          facts: {
            limitOf: 'address',
            allowed: perMinute,
            remaining: 0,
            resetSeconds: seconds,
            retryAfterSeconds: seconds,
          },
        },
      );
    }
    try {
      return await signIn();
    } catch (error) {
      const code = findPolygraphError(error)?.code;
      if (code && GUESSES.has(code)) await failures.penalty(address);
      throw error;
    }
  };
}

const GUESSES: ReadonlySet<ErrorCode> = new Set(['TOKEN_INVALID', 'TENANT_UNKNOWN']);
