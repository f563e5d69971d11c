import { createProjections } from '#operations/projections/index';
import { createRelay } from '#operations/relay/index';
import { createLogger } from '#platform/log';
import { openMongo } from '#stores/mongo/index';
import { openNeo4j } from '#stores/neo4j/index';
import { createDirectory } from '#stores/postgres/directory';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import type { TenantStores } from '#stores/stores';
import { TEST_SECRETS } from './secrets.ts';

/**
 * A process of its own: relays DATABASE_URL to one real store and is killed at KILL_AT, `before` or `after` it applied
 * what it claimed of that projection, such as `after GRAPH`, and so before it could say so. To no other: SecantusDB keeps
 * the locks of a transaction whose client was killed for minutes.
 */
const { DATABASE_URL = '', MONGODB_URL = '', MONGODB_DATABASE = '', KILL_AT = '' } = process.env;
const { NEO4J_URL = '', NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password = '' } = process.env;
const log = createLogger({ level: 'silent' });
const options = { url: DATABASE_URL, secrets: TEST_SECRETS, log };
const store = openRelayStore(options);
const mongo = openMongo({ url: MONGODB_URL, database: MONGODB_DATABASE, timeoutMs: 10_000, log });
const neo4j = openNeo4j({ url: NEO4J_URL, user, password, timeoutMs: 10_000, log });
const die = (at: string): void => {
  if (KILL_AT === at) process.kill(process.pid, 'SIGKILL');
};
createRelay({
  ...options,
  queue: store.queue,
  directory: createDirectory(options),
  openStores: (tenant) => ({ mongo: mongo.forTenant(tenant), neo4j: neo4j.forTenant(tenant) }) as TenantStores,
  leaseMs: 1_000,
  projections: createProjections(store)
    .filter(({ target }) => KILL_AT.endsWith(target))
    .map((projection) => ({
      ...projection,
      async project(tenant, events) {
        die(`before ${projection.target}`);
        await projection.project(tenant, events);
        die(`after ${projection.target}`);
      },
    })),
}).start();
