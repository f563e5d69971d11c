import { Command, InvalidArgumentError } from 'commander';
import { openBackstage } from '#operations/product/stores';
import { carePolicyOf } from '#operations/upkeep/index';
import { daysBetween, lastDays, utcDay } from '#stores/mongo/days';
import { rebuildRollUps } from '#stores/mongo/rollups';
import { rebuildUsage } from '#stores/mongo/usage';
import { dangerouslyActAsService } from '#tenancy/service';
import { CommandError } from './explain.ts';
import { findTenant, quietLogger, readInstallation } from './installation.ts';
import { table } from './table.ts';

interface Options {
  readonly tenant: string;
  readonly from: string;
  readonly to: string;
}

export const command = new Command('rollup').description('what is counted from the events of a tenant');

command
  .command('rebuild')
  .description('count roll-ups anew from the events, archived ones too; safe while events arrive')
  .requiredOption('--tenant <slug>', 'of this tenant')
  .requiredOption('--from <day>', 'the first day of UTC, such as 2026-01-31', day)
  .option('--to <day>', 'the last day; today where absent', day, utcDay(new Date()))
  .action(async ({ tenant: slug, from, to }: Options) => {
    const [settings, log] = [await readInstallation(process.env), quietLogger()];
    const tenant = await findTenant(slug, settings, log);
    checkDays(from, to, carePolicyOf(tenant, settings).archiveDays);
    const stores = openBackstage(settings, log);
    try {
      const { mongo } = stores.forTenant(dangerouslyActAsService(tenant.id, tenant.tier, 'rollup', 'counts anew', log));
      const performance = await rebuildRollUps(mongo, { from, to });
      const usage = await rebuildUsage(mongo, { from, to });
      const days = String(daysBetween(from, to).length);
      process.stdout.write(
        `${table([
          ['ROLL-UP', 'DAYS', 'ROWS THAT WERE WRONG'],
          ['performance by day and hour', days, String(performance)],
          ['use of models by day', days, String(usage)],
        ])}\n`,
      );
    } finally {
      await stores.close();
    }
  });

/** What is older than the archive can only be read: counted anew, it would be nothing. */
function checkDays(from: string, to: string, archiveDays: number): void {
  if (from > to) throw new CommandError('--from is a day before --to.');
  const [oldest = ''] = lastDays(archiveDays, new Date());
  if (from < oldest) throw new CommandError(`Events are kept since ${oldest}; roll-ups from before stay as they are.`);
}

function day(text: string): string {
  const at = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime())) return text;
  throw new InvalidArgumentError('It is a day such as 2026-01-31.');
}
