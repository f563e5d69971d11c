import type { Logger } from '#platform/log';
import type { OutboxQueue } from '#stores/postgres/outbox/queue';
import { finishSaga } from '#subgraphs/relational/contents/saga';
import type { ProjectionTenant } from '../projections/projection.ts';

export interface SagaSweepOptions {
  queue: Pick<OutboxQueue, 'dueSagas'>;
  openTenant: (tenantId: string) => Promise<ProjectionTenant>;
  log: Logger;
  everyMs?: number;
  now?: () => number;
}

/** Finishes what a killed process began: every store has the document, or none shows it. */
export function createSagaSweep({ queue, openTenant, log, everyMs = 1_000, now = Date.now }: SagaSweepOptions): {
  tick(): Promise<void>;
} {
  let due = 0;
  return {
    async tick() {
      if (now() < due) return;
      due = now() + everyMs;
      for (const { tenantId, id } of await queue.dueSagas(AT_ONCE)) {
        try {
          const { stores } = await openTenant(tenantId);
          const { state, reason } = await finishSaga(stores.postgres, id);
          log.info({ tenant: tenantId, saga: id, state, reason }, 'a saga was finished for the process that began it');
        } catch (error) {
          log.warn({ err: error, tenant: tenantId, saga: id }, 'a saga could not be finished; trying again');
        }
      }
    },
  };
}

const AT_ONCE = 100;
