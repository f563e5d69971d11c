import { findPolygraphError } from '#platform/errors';
import type { Held, OutboxQueue } from '#stores/postgres/outbox/queue';

/** Gives claims back, later where PostgreSQL is away now: else they would lie still until their lease is over. */
export interface Returns {
  giveBack(claim: Held, positions: readonly bigint[], code: string): Promise<void>;
  /**
   * For a claim whose answer was lost: PostgreSQL may have made it, or may yet, when it reads what we sent before it was
   * away. So it is given back until there was something to give back, or for as long as a lease.
   */
  disown(claim: Held): void;
  /** Gives back what is owed. @throws where PostgreSQL is still away */
  settle(): Promise<void>;
}

export interface ReturnsOptions {
  queue: Pick<OutboxQueue, 'release'>;
  leaseMs: number;
  now?: () => number;
}

export function createReturns({ queue, leaseMs, now = () => performance.now() }: ReturnsOptions): Returns {
  const owed = new Map<Held, Debt>();
  return {
    async giveBack(claim, positions, code) {
      try {
        await queue.release(claim, positions, code);
      } catch (error) {
        if (!isAway(error)) throw error;
        owed.set(claim, { positions, code, until: now() });
      }
    },
    disown(claim) {
      owed.set(claim, { positions: 'all', code: 'STORE_UNAVAILABLE', until: now() + leaseMs });
    },
    async settle() {
      for (const [claim, { positions, code, until }] of owed) {
        // What another relay has claimed since is no longer under this claim, and stays its.
        const released = await queue.release(claim, positions, code);
        if (released > 0 || now() >= until) owed.delete(claim);
      }
    },
  };
}

interface Debt {
  readonly positions: readonly bigint[] | 'all';
  readonly code: string;
  /** Until when it is owed though nothing was there to give back. */
  readonly until: number;
}

export const isAway = (error: unknown): boolean => findPolygraphError(error)?.code === 'STORE_UNAVAILABLE';
