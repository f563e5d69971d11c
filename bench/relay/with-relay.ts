import { createProjections } from '#operations/projections/index';
import type { Projection } from '#operations/projections/projection';
import { tellingCaches } from '#operations/projections/telling-caches';
import { createRelay, type Relay } from '#operations/relay/index';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import type { OwnStores } from '../own-stores.ts';

/**
 * Runs one relay as the product does while `work` is done.
 * @param watched what becomes of each projection; undefined leaves its deliveries waiting
 */
export async function withRelay<Result>(
  { settings, stores, directory, log }: OwnStores,
  watched: (projection: Projection) => Projection | undefined,
  work: (relay: Relay) => Promise<Result>,
): Promise<Result> {
  const store = openRelayStore({ url: settings.DATABASE_URL, secrets: settings.POLYGRAPH_SECRETS, log });
  const projections = createProjections(store)
    .map(tellingCaches)
    .flatMap((projection) => watched(projection) ?? []);
  const relay = createRelay({ queue: store.queue, directory, openStores: stores.forTenant, projections, log });
  const unlisten = store.listen(relay.wake);
  relay.start();
  try {
    return await work(relay);
  } finally {
    await unlisten();
    await relay.stop();
    await store.close();
  }
}
