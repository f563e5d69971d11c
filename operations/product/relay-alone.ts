import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { watchPrimary } from '#stores/postgres/connections/index';
import { createDirectory } from '#stores/postgres/directory';
import { openKeepers } from './keepers.ts';
import { migrateStores } from './migrations.ts';
import { openRelay } from './relay.ts';
import { openBackstage } from './stores.ts';

export interface RelayAlone {
  /** Stores that did not answer yet; they are migrated when they do. */
  readonly pending: readonly string[];
  stop(): Promise<void>;
}

/**
 * What no request waits for: brings the stores up to date, then carries what PostgreSQL's outbox holds to the others.
 * @throws SettingsError where Redis does not let us keep users of tenants
 */
export async function startRelayAlone(settings: Settings, log: Logger, patienceMs = 10_000): Promise<RelayAlone> {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const servers = watchPrimary({ url, secrets, registry: { standbys: settings.DATABASE_STANDBYS }, log });
  const { onPrimary } = servers;
  const stores = openBackstage(settings, log, onPrimary);
  try {
    await stores.redis.users?.check();
  } catch (error) {
    await stores.close();
    await servers.close();
    throw error;
  }
  const migrations = migrateStores(settings, stores, log);
  await migrations.settled(patienceMs);
  const directory = createDirectory({ url, secrets, onPrimary, log });
  const relay = openRelay(settings, stores, directory, log);
  relay.start();
  const keepers = openKeepers({ settings, stores, onPrimary, log });
  keepers.start();
  return {
    pending: migrations.pending(),
    async stop() {
      migrations.stop();
      await keepers.stop();
      await relay.stop();
      await directory.close();
      await stores.close();
      await servers.close();
    },
  };
}
