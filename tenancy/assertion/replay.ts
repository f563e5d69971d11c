import { CLOCK_TOLERANCE } from './claims.ts';

/**
 * Remembers the nonces of assertions that are still valid. It holds at most as
 * many as arrive in one lifetime, in two generations that are dropped whole.
 * Per process: of N replicas each would accept a captured token once, within its
 * 15 seconds, with the same body, over a network path the attacker must own.
 */
export function createReplayGuard(now: () => number = Date.now): ReplayGuard {
  let older = new Set<string>();
  let newer = new Set<string>();
  let newerLastsUntil = 0;

  return {
    spend(nonce, expires) {
      const seconds = now() / 1000;
      if (seconds > newerLastsUntil) {
        older = newer;
        newer = new Set();
        newerLastsUntil = seconds + GENERATION;
      }
      if (newer.has(nonce) || older.has(nonce)) return false;
      // A nonce must outlive its assertion: one generation is longer than any assertion may live.
      if (expires - seconds > GENERATION) return false;
      newer.add(nonce);
      return true;
    },
  };
}

export interface ReplayGuard {
  /** @returns false where the nonce was spent before. @param expires in seconds since the epoch */
  spend(nonce: string, expires: number): boolean;
}

/** Seconds; longer than ASSERTION_LIFETIME plus twice the tolerance. */
const GENERATION = 30 + CLOCK_TOLERANCE;
