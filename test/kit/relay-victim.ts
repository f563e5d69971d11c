import { createSearchProjection } from '#operations/projections/search';
import { createRelay } from '#operations/relay/index';
import { createLogger } from '#platform/log';
import { createDirectory } from '#stores/postgres/directory';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import type { TenantStores } from '#stores/stores';
import { TEST_SECRETS } from './secrets.ts';

/** A process of its own: relays DATABASE_URL and is killed after it applied an event, before it could say so. */
const options = { url: process.env.DATABASE_URL ?? '', secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }) };
const store = openRelayStore(options);
const search = createSearchProjection(store.searchIndex);
createRelay({
  ...options,
  queue: store.queue,
  directory: createDirectory(options),
  openStores: () => ({}) as TenantStores,
  leaseMs: 1_000,
  projections: [
    {
      ...search,
      async project(tenant, events) {
        await search.project(tenant, events);
        process.kill(process.pid, 'SIGKILL');
      },
    },
  ],
}).start();
