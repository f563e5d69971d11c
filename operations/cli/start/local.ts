import path from 'node:path';
import type { Logger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { LOCAL_STORES, type LocalStoreRow, startLocalStores } from '#stores/local/index';
import { assertNotLocked } from '#stores/local/lock';
import { openSecrets } from '#stores/local/secrets';
import { LOCAL_DIR } from '../root.ts';

/** What `start` found or made on this machine. */
export interface LocalInstallation {
  readonly settings: Settings;
  /** true: this machine's own stores, demo tenants and a token issuer of its own. */
  readonly demo: boolean;
  /** .polygraph of the clone. */
  readonly dir: string;
  /** The stores that were started here; none of those that a URL names. */
  readonly rows: readonly LocalStoreRow[];
  stop(): Promise<void>;
}

export interface LocalOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Looks at the settings before anything is started. */
  readonly check: (settings: Settings) => Promise<void>;
}

/**
 * Starts what the environment does not name and fills the gaps in the settings.
 * In production there are no gaps to fill: a missing setting ends the start.
 */
export async function startLocally(options: LocalOptions): Promise<LocalInstallation> {
  const { environment, log, progress, signal, check } = options;
  if (environment.NODE_ENV === 'production') {
    const settings = readSettings(environment);
    await check(settings);
    return { settings, demo: false, dir: LOCAL_DIR, rows: [], stop: async () => {} };
  }
  // Before the port, which a Polygraph that runs already would hold too.
  await assertNotLocked(path.join(LOCAL_DIR, 'lock'));
  await check(readSettings({ ...PLACEHOLDERS, ...given(environment) }));
  const only = LOCAL_STORES.filter((store) => !environment[store.variable]).map((store) => store.name);
  const stores = await startLocalStores({ dir: LOCAL_DIR, only, log, progress, signal });
  try {
    const secrets = await openSecrets(LOCAL_DIR);
    const generated = { POLYGRAPH_SECRETS: await secrets.get('master') };
    const settings = readSettings({ ...generated, ...stores.environment, ...given(environment) });
    return { settings, demo: !environment.JWT_JWKS_URL, dir: LOCAL_DIR, rows: stores.rows, stop: stores.stop };
  } catch (error) {
    await stores.stop();
    throw error;
  }
}

/** Lets a wrong PORT be reported before minutes are spent on stores. */
const PLACEHOLDERS = {
  DATABASE_URL: 'postgresql://127.0.0.1/placeholder',
  MONGODB_URL: 'mongodb://127.0.0.1/placeholder',
  REDIS_URL: 'redis://127.0.0.1',
  NEO4J_URL: 'bolt://127.0.0.1',
  NEO4J_PASSWORD: 'placeholder',
  POLYGRAPH_SECRETS: 'placeholder'.repeat(3),
};

/** Without those that are set to nothing, which would hide what was filled in. */
const given = (environment: LocalOptions['environment']): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])));
