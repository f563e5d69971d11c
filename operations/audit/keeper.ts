import type { Logger } from '#platform/log';
import { archiveByAge } from '#stores/postgres/audit/by-policy';
import { makePartitionsAhead } from '#stores/postgres/audit/partitions';
import { type AuditAccess, listHeads } from '#stores/postgres/audit/places';
import { takeMetrics } from '#stores/postgres/maintenance/metrics';
import { cleanMemory } from '#stores/postgres/memory/clean';
import { refreshRollups } from '#stores/postgres/memory/rollups';
import { type OnPrimary, sameServer } from '#stores/postgres/pool';
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
  /** Gets the months that no tenant of a place keeps any longer. */
  readonly archiveDir: string;
  readonly everyMs: number;
  readonly onPrimary?: OnPrimary;
  readonly log: Logger;
}

/**
 * What is needed now and then: heads of the audit go to the anchor file every
 * time; metrics and roll-ups are taken, and what memory no longer keeps is
 * cleaned away, every hour; partitions are made ahead, and months of the audit
 * archived, every day. It runs where the relay runs: in one process of an
 * installation, because only one may add to a file.
 */
export function createAuditKeeper({
  anchors,
  archiveDir: dir,
  everyMs,
  onPrimary = sameServer,
  log,
  url,
  secrets,
}: AuditKeeperOptions): AuditKeeper {
  let timer: NodeJS.Timeout | undefined;
  let madeOn = '';
  let takenAt = '';
  let moreToClean = false;
  let running: Promise<unknown> = Promise.resolve();

  /** Another server may be the primary each time. */
  const open = (): AuditAccess => ({ url: onPrimary(url), secrets });
  const anchor = async (): Promise<number> => anchors.append(await listHeads(open()));
  const tick = async (): Promise<void> => {
    const access = open();
    try {
      const today = new Date().toISOString().slice(0, 10);
      if (madeOn !== today) {
        await makePartitionsAhead(access);
        await archiveByAge({ ...access, dir });
      }
      madeOn = today;
      const hour = new Date().toISOString().slice(0, 13);
      if (takenAt !== hour) {
        await takeMetrics(access);
        await refreshRollups(access);
      }
      if (takenAt !== hour || moreToClean) moreToClean = (await cleanMemory(access)).more;
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
