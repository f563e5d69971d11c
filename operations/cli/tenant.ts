import { Command } from 'commander';
import { MoveError, moveTenant, planMove } from '#stores/postgres/move/index';
import { listMoves, type MoveReceipt } from '#stores/postgres/move/record';
import { isTier, TIERS, type Tier } from '#tenancy/tiers';
import { CommandError } from './explain.ts';
import { findTenant, quietLogger, readInstallation } from './installation.ts';
import { inSeconds, table } from './table.ts';

const move = new Command('move')
  .description('take a tenant to another tier while it is used; run again, it goes on with a move that was interrupted')
  .argument('<tenant>', 'its slug')
  .requiredOption('--to <tier>', TIERS.join(', '))
  .option('--dry-run', 'say what would be carried, and change nothing', false)
  .action(async (slug: string, { to, dryRun }: { to: string; dryRun: boolean }) => {
    if (!isTier(to)) throw new CommandError(`There is no tier ${to}: ${TIERS.join(', ')}.`);
    const settings = await readInstallation(process.env);
    const { id: tenantId } = await findTenant(slug, settings, quietLogger());
    const options = { url: settings.DATABASE_URL, secrets: settings.POLYGRAPH_SECRETS, tenantId, to };
    try {
      await (dryRun ? showPlan(options, slug) : carry(options, slug));
    } catch (error) {
      throw error instanceof MoveError ? new CommandError(error.message) : error;
    }
  });

const moves = new Command('moves').description('moves of all tenants, newest first').action(async () => {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = await readInstallation(process.env);
  const rows = (await listMoves(url, secrets)).map(({ slug, from, to, step, startedAt, receipt }) => [
    slug,
    `${from} to ${to}`,
    step === 'cleaned' ? 'done' : `interrupted at: ${step}`,
    startedAt.toISOString(),
    receipt ? `${receipt.rows} rows, writers waited ${receipt.pausedMs} ms` : '',
  ]);
  process.stdout.write(`${table([['TENANT', 'MOVE', 'STATE', 'BEGAN', 'RECEIPT'], ...rows])}\n`);
});

export const command = new Command('tenant')
  .description('move tenants between tiers')
  .addCommand(move)
  .addCommand(moves);

type Options = Parameters<typeof planMove>[0] & { to: Tier };

async function showPlan(options: Options, slug: string): Promise<void> {
  const { from, to, resumesAt, tables } = await planMove(options);
  const rows = tables.map((one) => [one.table, String(one.rows)]);
  const what =
    rows.length > 0 ? `\n${table([['TABLE', 'ROWS'], ...rows])}` : ' Both live in the same place: nothing is carried.';
  const goesOn = resumesAt ? ` It goes on with a move that was interrupted at: ${resumesAt}.` : '';
  process.stdout.write(`${slug} would move from ${from} to ${to}.${goesOn}${what}\n`);
}

async function carry(options: Options, slug: string): Promise<void> {
  const began = performance.now();
  const onPoint = (point: string): void =>
    void process.stderr.write(`${inSeconds(performance.now() - began).padStart(8)}  ${point}\n`);
  const receipt = await moveTenant({ ...options, onPoint });
  process.stdout.write(`${receipt ? describe(receipt) : `${slug} is ${options.to}. Nothing had to be carried.`}\n`);
}

function describe({ tables, rows, checksum, pausedMs, passes }: MoveReceipt): string {
  const lines = tables
    .filter((one) => one.rows.from > 0)
    .map((one) =>
      [one.table, String(one.rows.from), String(one.rows.to), one.checksum.from, one.checksum.to].map(short),
    );
  return [
    table([['TABLE', 'ROWS FROM', 'ROWS TO', 'CHECKSUM FROM', 'CHECKSUM TO'], ...lines]),
    `\n${rows} rows in ${passes} passes, over all: ${checksum}`,
    `Writers of this tenant waited for ${pausedMs} ms.`,
  ].join('\n');
}

const short = (text: string): string => text.slice(0, 32);
