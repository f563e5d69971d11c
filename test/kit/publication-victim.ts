import { createPublicationSweep } from '#operations/relay/publications';
import { createLogger } from '#platform/log';
import { createDirectory } from '#stores/postgres/directory';
import { openPostgres } from '#stores/postgres/index';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import { mortal } from './mortal.ts';
import { TEST_SECRETS } from './secrets.ts';

/** A process of its own that publishes what is due in DATABASE_URL and is killed at KILL_AT, else ends by itself. */
const { DATABASE_URL: url = '', KILL_AT } = process.env;
const options = { url, secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }) };
const postgres = openPostgres(options);
await createPublicationSweep({
  queue: openRelayStore(options).queue,
  directory: createDirectory(options),
  openStores: (context) => ({ postgres: mortal(postgres.forTenant(context), KILL_AT) }),
  log: options.log,
}).tick();
process.exit();
