import { Command, Option } from 'commander';
import { reconcileTenants } from '#operations/product/reconcile';
import { driftLeft, type StoreReport } from '#operations/reconcile/index';
import { PROJECTION_TARGETS, type ProjectionTarget } from '#stores/postgres/outbox';
import { listTenants } from '../tenants.ts';
import { findTenant, quietLogger, readInstallation } from './installation.ts';
import { table } from './table.ts';

interface Options {
  readonly tenant?: string;
  readonly store?: Lowercase<ProjectionTarget>;
  readonly dryRun: boolean;
}

export const command = new Command('reconcile')
  .description('compare what MongoDB, Neo4j and full text hold with PostgreSQL, and put right what differs')
  .option('--tenant <slug>', 'of this tenant only')
  .addOption(new Option('--store <name>', 'in this store only').choices(PROJECTION_TARGETS.map((t) => t.toLowerCase())))
  .option('--dry-run', 'compare and report, and change nothing', false)
  .action(async ({ tenant, store, dryRun }: Options) => {
    const [settings, log] = [await readInstallation(process.env), quietLogger()];
    const tenants = tenant
      ? [await findTenant(tenant, settings, log)]
      : await listTenants(settings, log, 'the stores of all tenants are compared');
    const rows: string[][] = [];
    const reports = await reconcileTenants({
      ...{ settings, log, tenants, dryRun },
      ...(store ? { targets: PROJECTION_TARGETS.filter((target) => target.toLowerCase() === store) } : {}),
      onTenant: ({ slug }, ofTenant) => rows.push(...ofTenant.map((report) => rowOf(slug, report))),
    });
    process.stdout.write(`${table([HEADING, ...rows])}\n`);
    const left = reports.reduce((sum, report) => sum + driftLeft(report), 0);
    if (left === 0) return;
    process.stderr.write(`\n${left} documents differ. ${dryRun ? 'Run it without --dry-run' : 'Run it again'}.\n`);
    process.exitCode = 1;
  });

const HEADING = 'TENANT,STORE,DOCUMENTS,WAITING,GIVEN UP,MISSING,BEHIND,AHEAD,DIFFERENT,ORPHANS,MENDED'.split(',');

function rowOf(slug: string, { target, documents, waiting, dead, found, mended }: StoreReport): string[] {
  const { missing, behind, ahead, different, orphan } = found;
  const numbers = [documents, waiting, dead, missing, behind, ahead, different, orphan, mended];
  return [slug, target.toLowerCase(), ...numbers.map(String)];
}
