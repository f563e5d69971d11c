import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { playground } from '#gateway/delivery/playground/index';
import type { LocalIssuer } from '#gateway/identity/local-issuer';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { loadExamples } from '#schema/examples';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { Stores } from '#stores/stores';
import { type DemoFile, type DemoOptions, ensureDemo } from '../demo/index.ts';
import type { Progress } from '../import/progress.ts';
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

/** Makes the demo data and says who may sign in. */
export async function makeDemo({ settings, log, ...parts }: DemoParts): Promise<DemoFile> {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const provision = openPostgresProvision({ url, secrets, log });
  try {
    const system = provision.dangerouslyAsSystem('demo tenants of this machine');
    return await ensureDemo({ ...parts, settings, log, provision: system });
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
