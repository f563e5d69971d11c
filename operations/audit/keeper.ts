import type { Logger } from '#platform/log';
import { makePartitionsAhead } from '#stores/postgres/audit/partitions';
import { type AuditAccess, listHeads } from '#stores/postgres/audit/places';
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
 * What the audit needs now and then: heads go to the anchor file, partitions are
 * made ahead. It runs where the relay runs: in one process of an installation,
 * because only one may add to a file.
 */
export function createAuditKeeper({ anchors, everyMs, log, ...access }: AuditKeeperOptions): AuditKeeper {
  let timer: NodeJS.Timeout | undefined;
  let madeOn = '';
  let running: Promise<unknown> = Promise.resolve();

  const anchor = async (): Promise<number> => anchors.append(await listHeads(access));
  const tick = async (): Promise<void> => {
    try {
      const today = new Date().toISOString().slice(0, 10);
      if (madeOn !== today) await makePartitionsAhead(access);
      madeOn = today;
      await anchor();
    } catch (error) {
      log.warn({ err: error }, 'the audit could not be anchored; will be tried again');
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
