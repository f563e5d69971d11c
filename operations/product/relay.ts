import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import type { Stores } from '#stores/stores';
import type { Directory } from '#tenancy/directory';
import { createProjections } from '../projections/index.ts';
import { tellingCaches } from '../projections/telling-caches.ts';
import { createRelay, type Relay } from '../relay/index.ts';

/** The relay with its three projections, woken by PostgreSQL. It closes its own connections when it is stopped. */
export function openRelay(settings: Settings, stores: Stores, directory: Directory, log: Logger): Relay {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const store = openRelayStore({ url, secrets, onPrimary: stores.postgres.servers.onPrimary, log });
  const relay = createRelay({
    queue: store.queue,
    directory,
    openStores: stores.forTenant,
    // Also where this process keeps nothing: others may.
    projections: createProjections(store).map(tellingCaches),
    log,
  });
  const unlisten = store.listen(relay.wake);
  return {
    ...relay,
    async stop() {
      await unlisten();
      await relay.stop();
      await store.close();
    },
  };
}
