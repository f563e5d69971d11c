import { type ErrorCode, findPolygraphError, PolygraphError } from '#platform/errors';
import type { Attempt, Attempts } from '#stores/redis/attempts';

export interface FailureLimits {
  /** Of one person at one address. */
  readonly ofPerson: number;
  /** Of one person at all addresses together: much more, or whoever knows an e-mail could keep its owner out. */
  readonly ofPersonAnywhere: number;
  /** Of one address, whoever is tried there. */
  readonly ofAddress: number;
  /** What one address may ask for before it tries. */
  readonly questions: number;
}

export interface Throttle {
  /**
   * Lets `work` try to prove who somebody is. It is counted before it begins and given back where it did not fail, so that
   * guesses sent at the same time count as those sent one after the other.
   * @param who as it was given: somebody whom nobody knows is counted like anybody
   * @throws PolygraphError RATE_LIMITED, and then nothing was tried; else what `work` throws
   */
  attempt<T>(who: string, address: string, work: () => Promise<T>): Promise<T>;
  /** For what we keep of somebody who has proved nothing yet. @throws PolygraphError RATE_LIMITED */
  ask(address: string): Promise<void>;
}

/** Counted in Redis for all processes; in this one, with a part of the limits, while Redis is away. */
export function createThrottle(attempts: Attempts, limits: FailureLimits): Throttle {
  const take = async (taken: readonly Attempt[]): Promise<void> => {
    const verdicts = await attempts.take(taken);
    const waits = verdicts.filter(({ allowed }) => !allowed).map(({ resetSeconds }) => resetSeconds);
    if (waits.length > 0) {
      // Nobody uses up what others have by going on where it is refused.
      await attempts.giveBack(taken);
      throw tooMany(Math.max(...waits));
    }
  };
  return {
    ask: (address) =>
      take([{ kind: 'question', parts: [address], limit: { points: limits.questions, seconds: SECONDS } }]),

    async attempt(who, address, work) {
      const name = who.toLowerCase();
      const taken: Attempt[] = [
        { kind: 'person', parts: [name, address], limit: { points: limits.ofPerson, seconds: SECONDS } },
        { kind: 'anywhere', parts: [name], limit: { points: limits.ofPersonAnywhere, seconds: SECONDS } },
        { kind: 'address', parts: [address], limit: { points: limits.ofAddress, seconds: SECONDS } },
      ];
      await take(taken);
      try {
        const result = await work();
        await attempts.giveBack(taken);
        return result;
      } catch (error) {
        const code = findPolygraphError(error)?.code;
        if (!code || !FAILURES.has(code)) await attempts.giveBack(taken);
        throw error;
      }
    },
  };
}

const tooMany = (seconds: number): PolygraphError =>
  new PolygraphError('RATE_LIMITED', `Too many attempts; try again in ${seconds} seconds.`, {
    facts: { retryAfterSeconds: seconds },
  });

const SECONDS = 900;
/** What a guess ends with. That a second factor is asked for as well is none: the password was right. */
const FAILURES: ReadonlySet<ErrorCode> = new Set(['TOKEN_INVALID', 'NOT_FOUND']);
