import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import { playground } from '#gateway/delivery/playground/index';
import type { LocalIssuer } from '#gateway/identity/local-issuer';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { loadExamples } from '#schema/examples';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { Stores } from '#stores/stores';
import { announceDemo, completeDemo, type DemoFile, type DemoOptions, isAway } from '../demo/index.ts';
import type { Progress } from '../import/progress.ts';
import { settleDocuments } from '../moves/documents.ts';
import type { Relay } from '../relay/index.ts';

/** How much is made: documents a tenant, days of events before now. */
export type DemoSize = Pick<DemoOptions, 'maxDocuments' | 'eventDays'>;

export interface DemoParts extends DemoSize {
  readonly settings: Settings;
  readonly stores: Stores;
  readonly relay: Relay;
  readonly issuer: LocalIssuer;
  readonly url: string;
  /** Where demo.json goes. */
  readonly dir: string;
  readonly log: Logger;
  readonly progress: Progress;
}

export interface Demo {
  /**
   * Settles when all was tried once, whether or not a store was away.
   * @throws whatever no store is to blame for
   */
  readonly tried: Promise<void>;
  /** Breaks off at the next step; the next start goes on from there. */
  stop(): Promise<void>;
}

/**
 * Says who may sign in, then makes the demo data once PostgreSQL is migrated.
 * Where a store is away they are completed when it is back, or at the next start.
 */
export async function startDemo(parts: DemoParts, migrated: Promise<void>): Promise<Demo> {
  const stopped = new AbortController();
  await withProvision(parts, announceDemo);

  /** @returns whether nothing is left to do */
  const tryOnce = async (): Promise<boolean> => {
    if (stopped.signal.aborted) return true;
    try {
      await withProvision({ ...parts, signal: stopped.signal }, completeDemo);
      return true;
    } catch (error) {
      if (stopped.signal.aborted) return true;
      if (!isAway(error)) throw error;
      parts.log.warn({ err: error }, 'the demo data are not complete, because a store is away');
      return false;
    }
  };
  let running = Promise.resolve(false);
  const attempt = (): Promise<boolean> => {
    running = tryOnce();
    return running;
  };
  const goOn = async (): Promise<void> => {
    for (let pauseMs = 1_000; !stopped.signal.aborted; pauseMs = Math.min(pauseMs * 2, 10_000)) {
      await sleep(pauseMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      if (await attempt()) return;
    }
  };
  const tried = migrated.then(attempt).then((complete) => {
    if (!complete) goOn().catch((error: unknown) => parts.log.error({ err: error }, 'the demo data cannot be made'));
  });
  // Whoever awaits it hears of a failure; nobody does where a store is away from the start.
  tried.catch((error: unknown) => parts.log.error({ err: error }, 'the demo data cannot be made'));
  return {
    tried,
    async stop() {
      stopped.abort();
      // A statement to a store that is away ends when the stores are closed, which is next.
      await Promise.race([running.catch(() => {}), sleep(LAST_STEP_MS, undefined, { ref: false })]);
    },
  };
}

/** Longest a stop waits for the step at hand. */
const LAST_STEP_MS = 5_000;

async function withProvision<T>(
  { settings, log, ...parts }: DemoParts & Pick<DemoOptions, 'signal'>,
  work: (options: DemoOptions) => Promise<T>,
): Promise<T> {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const { onPrimary } = parts.stores.postgres.servers;
  const provision = openPostgresProvision({ url, secrets, onPrimary, log });
  // Where MongoDB is away, documents go to the shared collections and follow the tier when it is back.
  const settle: DemoOptions['settleDocuments'] = (tenant) =>
    settleDocuments(settings, tenant, { graceMs: 0 }).catch((err: unknown) =>
      log.warn({ err, tenant: tenant.id }, 'documents are not where the tier wants them yet'),
    );
  try {
    const system = provision.dangerouslyAsSystem('demo tenants of this machine');
    return await work({ ...parts, settings, log, provision: system, settleDocuments: settle });
  } finally {
    await provision.close();
  }
}

/** The playground, with the demo's tenants in its picker where there are some. */
export function openPlayground(demoDir: string | undefined): FastifyPluginAsync {
  const examples = loadExamples();
  if (demoDir === undefined) return playground({ examples });
  return playground({
    examples,
    demo: async () => JSON.parse(await readFile(join(demoDir, 'demo.json'), 'utf8')) as DemoFile,
  });
}
