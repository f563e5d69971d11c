import { Command } from 'commander';
import { runMigrations } from '#operations/migrate/index';
import type { Settings } from '#platform/settings';
import { migrateMongo } from '#stores/mongo/migrate';
import { documentKeys } from '#stores/mongo/places/credentials';
import type { PlaceReport } from '#stores/postgres/migrate';
import { quietLogger, readInstallation } from './installation.ts';
import { table } from './table.ts';

export const command = new Command('migrate')
  .description(
    'bring PostgreSQL and MongoDB up to date: what tenants share, and each schema and database of a tenant’s own',
  )
  .option('--dry-run', 'say what would be applied where, and change nothing', false)
  .action(async ({ dryRun }: { dryRun: boolean }) => {
    const settings = await readInstallation(process.env);
    const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
    const onPlace = (report: PlaceReport): void => void process.stderr.write(`${rowOf(report, false).join('  ')}\n`);
    const { reports, behind } = await runMigrations({ url, secrets, log: quietLogger(), dryRun, onPlace });
    const rows = reports.map((report) => rowOf(report, dryRun));
    process.stdout.write(`${table([['TENANT', 'PLACE', dryRun ? 'WOULD APPLY' : 'APPLIED'], ...rows])}\n`);
    for (const { error } of reports) if (error) process.stderr.write(`\n${error.message}\n`);
    if (!dryRun && behind > 0) {
      process.stderr.write(`\n${behind} of ${reports.length} places are behind. Run this again to go on with them.\n`);
      process.exitCode = 1;
    }
    if (!dryRun) process.stdout.write(`\n${await migrateDocuments(settings)}\n`);
  });

async function migrateDocuments(settings: Settings): Promise<string> {
  const { MONGODB_URL, MONGODB_ADMIN_URL: url = MONGODB_URL, POLYGRAPH_SECRETS: secrets } = settings;
  const { changed } = await migrateMongo({ url, keys: documentKeys(secrets), log: quietLogger() });
  return changed
    ? 'MongoDB: brought up to date, with each database of a tenant’s own.'
    : 'MongoDB: nothing was missing.';
}

function rowOf({ tenant, kind, migrations, error }: PlaceReport, dryRun: boolean): string[] {
  const applied = migrations.join(', ') || (dryRun ? 'nothing' : 'nothing was missing');
  return [tenant?.slug ?? 'all others', PLACES[kind], error ? 'FAILED' : applied];
}

const PLACES = { shared: 'shared tables', schema: 'own schema', database: 'own database' } as const;
