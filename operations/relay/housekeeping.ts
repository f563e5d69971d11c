import type { Logger } from '#platform/log';
import type { OutboxQueue } from '#stores/postgres/outbox/queue';

export interface HousekeepingOptions {
  queue: OutboxQueue;
  maxAttempts: number;
  log: Logger;
  everyMs?: number;
  /** Events deleted in one go; a full one is followed by another at the next tick. */
  batch?: number;
  now?: () => number;
}

/** What is done now and then: delivered events leave when their tenant's time for them is over, abandoned ones are declared dead. */
export function createHousekeeping({
  queue,
  maxAttempts,
  log,
  everyMs = 60_000,
  batch = 1_000,
  now = Date.now,
}: HousekeepingOptions): { tick(): Promise<void> } {
  let due = 0;
  return {
    async tick() {
      if (now() < due) return;
      due = now() + everyMs;
      const buried = await queue.buryAbandoned(maxAttempts);
      if (buried > 0) log.error({ buried }, 'changes that repeatedly ended their relay were given up');
      const pruned = await queue.prune(batch);
      if (pruned === batch) due = now();
    },
  };
}
