import { runMigrations } from '#operations/migrate/index';
import { createLogger } from '#platform/log';
import { TEST_SECRETS } from './secrets.ts';

/** A process of its own: migrates DATABASE_URL and says when the first place of a tenant is done, to be killed then. */
const { DATABASE_URL: url = '', MIGRATIONS = '' } = process.env;
await runMigrations({
  ...{ url, secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }), folder: new URL(MIGRATIONS) },
  dryRun: false,
  onPlace: ({ tenant }) => void (tenant && process.stdout.write(`${tenant.slug}\n`)),
});
