import type { Logger } from '#platform/log';
import { makePartitionsAhead } from '#stores/postgres/audit/partitions';
import { type AuditAccess, listHeads } from '#stores/postgres/audit/places';
import { takeMetrics } from '#stores/postgres/maintenance/metrics';
import type { AnchorFile } from './anchor-file.ts';

export interface AuditKeeper {
  start(): void;
  /** Anchors once more, so that what was written last is not left out. */
  stop(): Promise<void>;
  /** @returns heads that had moved on */
  anchor(): Promise<number>;
}

export interface AuditKeeperOptions extends AuditAccess {
  readonly anchors: AnchorFile;
  readonly everyMs: number;
  readonly log: Logger;
}

/**
 * What is needed now and then: heads of the audit go to the anchor file every
 * time, metrics are taken every hour, partitions made ahead every day. It runs where the relay runs: in one process of an installation,
 * because only one may add to a file.
 */
export function createAuditKeeper({ anchors, everyMs, log, ...access }: AuditKeeperOptions): AuditKeeper {
  let timer: NodeJS.Timeout | undefined;
  let madeOn = '';
  let takenAt = '';
  let running: Promise<unknown> = Promise.resolve();

  const anchor = async (): Promise<number> => anchors.append(await listHeads(access));
  const tick = async (): Promise<void> => {
    try {
      const today = new Date().toISOString().slice(0, 10);
      if (madeOn !== today) await makePartitionsAhead(access);
      madeOn = today;
      const hour = new Date().toISOString().slice(0, 13);
      if (takenAt !== hour) await takeMetrics(access);
      takenAt = hour;
      await anchor();
    } catch (error) {
      log.warn({ err: error }, 'the audit could not be kept; will be tried again');
    }
  };
  const queue = (): Promise<unknown> => {
    running = running.then(tick);
    return running;
  };
  return {
    anchor,
    start() {
      timer = setInterval(queue, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await queue();
    },
  };
}
