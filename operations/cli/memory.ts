import { userInfo } from 'node:os';
import { Command } from 'commander';
import { type MaintenanceTask, openMaintenance } from '#stores/postgres/maintenance/index';
import { listMemoryTotals } from '#stores/postgres/memory/rollups';
import { CommandError } from './explain.ts';
import { readInstallation } from './installation.ts';
import { askCommand, encryptCommand, importCommand } from './memory-texts.ts';
import { table } from './table.ts';

const openAccess = async () => {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = await readInstallation(process.env);
  return { url, secrets };
};

const usage = new Command('usage')
  .description('what the memory of each tenant holds, as last counted')
  .argument('[tenant]', 'its slug')
  .action(async (slug: string | undefined) => {
    const totals = await listMemoryTotals(await openAccess());
    const rows = totals
      .filter((one) => slug === undefined || one.slug === slug)
      .map((one) => [
        one.slug,
        ...[one.memories, one.memoryBytes, one.expired, one.offloaded, one.originalBytes, one.compressedBytes].map(
          String,
        ),
        one.refreshedAt?.toISOString() ?? 'never',
      ]);
    if (rows.length === 0) throw new CommandError('There is no such tenant.');
    process.stdout.write(`${table([HEADING, ...rows])}\n`);
  });

const health = new Command('health').description('the memory of all tenants together, as JSON').action(async () => {
  const report = await openMaintenance(await openAccess()).memoryHealth();
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (report.staleTenants > 0) process.exitCode = 1;
});

const refresh = new Command('refresh')
  .description('count the memory of every tenant now')
  .action(() => run('ROLLUPS', 'tenants counted'));

const clean = new Command('clean')
  .description(
    'remove what has expired or is older than its tenant keeps it; run again, it goes on where it was interrupted',
  )
  .action(() => run('CLEAN', 'rows removed'));

export const command = new Command('memory')
  .description('what tenants remember: usage, health, counting, cleaning, importing, asking and encrypting')
  .addCommand(usage)
  .addCommand(health)
  .addCommand(refresh)
  .addCommand(clean)
  .addCommand(importCommand)
  .addCommand(askCommand)
  .addCommand(encryptCommand);

/** As `polygraph optimize run` does, and noted with its runs. */
async function run(task: MaintenanceTask, what: string): Promise<void> {
  const done = await openMaintenance(await openAccess()).run(task, `command:${userInfo().username}`);
  process.stdout.write(done ? `${done.result?.done ?? 0} ${what}.\n` : 'This is under way elsewhere.\n');
}

const HEADING = ['TENANT', 'MEMORIES', 'BYTES', 'EXPIRED', 'OFFLOADED', 'ORIGINAL', 'COMPRESSED', 'COUNTED AT'];
