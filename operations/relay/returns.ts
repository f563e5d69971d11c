import { findPolygraphError } from '#platform/errors';
import type { Claim, OutboxQueue } from '#stores/postgres/outbox/queue';

/** Gives claims back, later where PostgreSQL is away now: else they would lie still until their lease is over. */
export interface Returns {
  giveBack: OutboxQueue['release'];
  /** Gives back what is owed. @throws where PostgreSQL is still away */
  settle(): Promise<void>;
}

export function createReturns(queue: Pick<OutboxQueue, 'release'>): Returns {
  const owed = new Map<Claim, { positions: readonly bigint[]; code: string }>();
  return {
    async giveBack(claim, positions, code) {
      try {
        await queue.release(claim, positions, code);
      } catch (error) {
        if (findPolygraphError(error)?.code !== 'STORE_UNAVAILABLE') throw error;
        owed.set(claim, { positions, code });
      }
    },
    async settle() {
      for (const [claim, { positions, code }] of owed) {
        // What another relay has claimed since is no longer under this claim, and stays its.
        await queue.release(claim, positions, code);
        owed.delete(claim);
      }
    },
  };
}
