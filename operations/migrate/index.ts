import { type MigrateOptions, migrateAll, type PlaceReport, planMigrations } from '#stores/postgres/migrate';

export interface MigrationRun extends MigrateOptions {
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** Told of each place when it is done. */
  readonly onPlace?: (report: PlaceReport) => void;
}

export interface MigrationOutcome {
  readonly reports: readonly PlaceReport[];
  /** Places that are not up to date now, or would need something in a dry run. */
  readonly behind: number;
}

/**
 * Applies what is missing, place after place, each migration in a transaction.
 * Run again after it was killed, or after a place failed, it does what is left.
 */
export async function runMigrations({ dryRun, onPlace, ...options }: MigrationRun): Promise<MigrationOutcome> {
  const reports = dryRun ? await planMigrations(options) : await migrateAll(options, onPlace);
  const isBehind = ({ error, migrations }: PlaceReport): boolean =>
    error !== undefined || (dryRun && migrations.length > 0);
  return { reports, behind: reports.filter(isBehind).length };
}
