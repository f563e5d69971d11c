import { LRUCache } from 'lru-cache';
import { type ErrorCode, findPolygraphError, PolygraphError } from '#platform/errors';
import type { Attempts } from '#stores/redis/index';

/**
 * @param address of whoever connects, or whom a trusted proxy names
 * @throws PolygraphError RATE_LIMITED before anything of the request is verified; else what `signIn` throws
 */
export type GuardSignIn = <T>(address: string, signIn: () => Promise<T>) => Promise<T>;

/**
 * Ends guessing, and the work that guessing makes, by address, for all gateways
 * together: Redis counts each failure, and each process refuses an address from
 * the moment on at which a failure of its own told it that there were too many.
 * So a request that is no guess costs Redis nothing. Requests without credentials
 * and with a token that has run out are no guesses.
 */
export function createSignInGuard(attempts: Attempts, perMinute: number): GuardSignIn {
  const limit = { points: perMinute, seconds: 60 };
  const refusedUntil = new LRUCache<string, number>({ max: 100_000 });
  return async (address, signIn) => {
    const seconds = Math.ceil(((refusedUntil.get(address) ?? 0) - performance.now()) / 1000);
    if (seconds > 0) throw tooMany(perMinute, seconds);
    try {
      return await signIn();
    } catch (error) {
      const code = findPolygraphError(error)?.code;
      if (code && GUESSES.has(code)) {
        const [verdict] = await attempts.take([{ kind: 'credentials', parts: [address], limit }]);
        if (verdict && verdict.remaining === 0) {
          refusedUntil.set(address, performance.now() + verdict.resetSeconds * 1000);
        }
      }
      throw error;
    }
  };
}

function tooMany(perMinute: number, seconds: number): PolygraphError {
  const window = { allowed: perMinute, remaining: 0, resetSeconds: seconds, retryAfterSeconds: seconds };
  return new PolygraphError('RATE_LIMITED', `More than ${perMinute} failed sign-ins from this address in a minute.`, {
    facts: { limitOf: 'address', ...window },
  });
}

const GUESSES: ReadonlySet<ErrorCode> = new Set(['TOKEN_INVALID', 'TENANT_UNKNOWN']);
