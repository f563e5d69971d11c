import { Command } from 'commander';
import { openAudit } from '#operations/audit/index';
import { type TenantAuditReport, verifyAudit } from '#operations/audit/verify';
import { type ArchiveReport, archiveMonth, restoreMonth } from '#stores/postgres/audit/archive';
import { archiveByAge } from '#stores/postgres/audit/by-policy';
import { listHeads } from '#stores/postgres/audit/places';
import { CommandError } from './explain.ts';
import { readInstallation } from './installation.ts';
import { table } from './table.ts';

const verify = new Command('verify')
  .description('follow every chain of the audit and name the first row that is not as it was written')
  .option('--tenant <slug>', 'only this one')
  .action(async ({ tenant: slug }: { tenant?: string }) => {
    const { access, anchors, archiveDir } = openAudit(await readInstallation(process.env));
    const reports = await verifyAudit({ ...access, anchors, archiveDir, slug });
    if (reports.length === 0) throw new CommandError('There is no such tenant.');
    process.stdout.write(`${table([HEADING, ...reports.map(rowOf)])}\n`);
    for (const { tenant, silent } of reports) {
      if (silent.length > 0) process.stderr.write(`\n${tenant}: changes of ${silent.join(', ')} are not audited.\n`);
    }
    if (reports.some(({ bad, silent }) => bad || silent.length > 0)) process.exitCode = 1;
  });

const anchor = new Command('anchor')
  .description('write the heads of all chains to the anchor file now')
  .action(async () => {
    const { access, anchors } = openAudit(await readInstallation(process.env));
    process.stdout.write(`${await anchors.append(await listHeads(access))} heads had moved on.\n`);
  });

const archive = new Command('archive')
  .description('write months of every chain to files and take them out of the database')
  .argument('[month]', 'such as 2026-01; where absent, all that no tenant of a place keeps any longer')
  .option('--older-than <days>', 'all that are older, whatever tenants have set')
  .action(async (month: string | undefined, { olderThan }: { olderThan?: string }) => {
    const { access, archiveDir: dir } = openAudit(await readInstallation(process.env));
    const days = olderThan === undefined ? undefined : Number(olderThan);
    if (days !== undefined && !(Number.isInteger(days) && days > 0))
      throw new CommandError(`${olderThan} is no number of days.`);
    const archived = month ? archiveMonth({ ...access, dir, month }) : archiveByAge({ ...access, dir, days });
    printArchived(await archived.catch(explained));
  });

const restore = new Command('restore')
  .description('put an archived month back')
  .argument('<month>', 'such as 2026-01')
  .action(async (month: string) => {
    const { access, archiveDir: dir } = openAudit(await readInstallation(process.env));
    printArchived(await restoreMonth({ ...access, dir, month }).catch(explained));
  });

export const command = new Command('audit')
  .description('the chained log of every change: verify, anchor, archive, restore')
  .addCommand(verify)
  .addCommand(anchor)
  .addCommand(archive)
  .addCommand(restore);

function rowOf({ tenant, place, rows, archived, anchors, bad, unread }: TenantAuditReport): string[] {
  const whole = unread.length > 0 ? `whole; ${unread.length} archived months not looked into` : 'whole';
  const verdict = bad ? `row ${bad.seq} ${bad.why}` : whole;
  return [tenant, place, String(rows), String(archived), String(anchors), verdict];
}

function printArchived(reports: readonly ArchiveReport[]): void {
  const rows = reports.map(({ place, chains, rows: count }) => [place, String(chains), String(count)]);
  process.stdout.write(rows.length > 0 ? `${table([['PLACE', 'CHAINS', 'ROWS'], ...rows])}\n` : 'Nothing to do.\n');
}

function explained(error: unknown): never {
  throw error instanceof Error ? new CommandError(error.message) : error;
}

const HEADING = ['TENANT', 'PLACE', 'ROWS', 'ARCHIVED', 'ANCHORS', 'CHAIN'];
