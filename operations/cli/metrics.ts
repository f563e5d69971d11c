import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { openAudit } from '#operations/audit/index';
import {
  archiveMetrics,
  type MetricsArchiveReport,
  restoreMetrics,
} from '#stores/postgres/maintenance/metrics-archive';
import { CommandError } from './explain.ts';
import { readInstallation } from './installation.ts';
import { table } from './table.ts';

type Work = typeof archiveMetrics;

const monthly = (name: string, description: string, work: Work): Command =>
  new Command(name)
    .description(description)
    .argument('<month>', 'such as 2026-01')
    .action(async (month: string) => {
      const { access, archiveDir } = openAudit(await readInstallation(process.env));
      const dir = join(dirname(archiveDir), 'metrics');
      print(
        await work({ ...access, dir, month }).catch((error: unknown) => {
          throw error instanceof Error ? new CommandError(error.message) : error;
        }),
      );
    });

export const command = new Command('metrics')
  .description('the metrics of tenants by day: archive and restore months, beside the audit’s')
  .addCommand(
    monthly('archive', 'write a month of all tenants to files and take it out of the database', archiveMetrics),
  )
  .addCommand(monthly('restore', 'put an archived month back', restoreMetrics));

function print(reports: readonly MetricsArchiveReport[]): void {
  const rows = reports.map(({ place, tenants, days }) => [place, String(tenants), String(days)]);
  process.stdout.write(rows.length > 0 ? `${table([['PLACE', 'TENANTS', 'DAYS'], ...rows])}\n` : 'Nothing to do.\n');
}
