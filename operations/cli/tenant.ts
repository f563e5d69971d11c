import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { settleDocuments } from '#operations/moves/documents';
import type { Settings } from '#platform/settings';
import { DocumentMoveError } from '#stores/mongo/move/index';
import { NotAllowedError } from '#stores/mongo/places/own-database';
import type { DocumentReceipt } from '#stores/mongo/places/record';
import { MoveError, moveTenant, planMove } from '#stores/postgres/move/index';
import { listMoves, type MoveReceipt } from '#stores/postgres/move/record';
import { type OverrideInput, openPostgresProvision } from '#stores/postgres/provision';
import { type EffectiveSetting, ENVIRONMENTS, POLICY_NAMES } from '#tenancy/policy';
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
      if (dryRun) return;
      // The limits are then those of the new tier, and what was agreed with the tenant.
      await override({ tenantId, layer: '*', changes: {}, environment: settings.NODE_ENV }, settings);
      await carryDocuments(settings, { id: tenantId, tier: to });
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

const set = new Command('set')
  .description('agree something else with one tenant than its tier gives:  tenant set acme limits.maxContents=5000')
  .argument('<tenant>', 'its slug')
  .argument('[settings...]', `NAME=NUMBER, or NAME= for what the tier gives: ${POLICY_NAMES.join(', ')}`)
  .option('--environment <name>', `only there: ${ENVIRONMENTS.join(', ')}`)
  .action(async (slug: string, given: string[], { environment }: { environment?: string }) => {
    const layer = environment === undefined ? '*' : ENVIRONMENTS.find((one) => one === environment);
    if (!layer) throw new CommandError(`There is no environment ${environment}: ${ENVIRONMENTS.join(', ')}.`);
    const settings = await readInstallation(process.env);
    const { id: tenantId } = await findTenant(slug, settings, quietLogger());
    const changes = Object.fromEntries(given.map(readAssignment));
    const effective = await override({ tenantId, layer, changes, environment: settings.NODE_ENV }, settings);
    const rows = effective.map(({ name, value, source }) => [name, String(value), source]);
    process.stdout.write(`${table([['SETTING', 'VALUE', 'FROM'], ...rows])}\n`);
  });

export const command = new Command('tenant')
  .description('move tenants between tiers, and agree settings with them')
  .addCommand(set)
  .addCommand(move)
  .addCommand(moves);

function readAssignment(text: string): [name: string, value: number | null] {
  const [name = '', value] = text.split('=');
  if (value === undefined || Number.isNaN(Number(value))) throw new CommandError(`${text} is not NAME=NUMBER.`);
  return [name, value === '' ? null : Number(value)];
}

async function override(input: OverrideInput, settings: Settings): Promise<EffectiveSetting[]> {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const provision = openPostgresProvision({ url, secrets, log: quietLogger() });
  try {
    const effective = await provision.dangerouslyAsSystem('an operator agrees settings').overridePolicy(input);
    return effective ?? [];
  } catch (error) {
    throw error instanceof z.ZodError ? new CommandError(z.prettifyError(error)) : error;
  } finally {
    await provision.close();
  }
}

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

/** Whoever keeps moves may have begun it meanwhile, and is waited for. */
async function carryDocuments(settings: Settings, tenant: { readonly id: string; readonly tier: Tier }): Promise<void> {
  const deadline = performance.now() + DOCUMENTS_PATIENCE_MS;
  for (;;) {
    try {
      const receipt = await settleDocuments(settings, tenant);
      if (receipt) process.stdout.write(`${describeDocuments(receipt)}\n`);
      return;
    } catch (error) {
      if (error instanceof NotAllowedError) return void process.stderr.write(`${error.message}\n`);
      if (!(error instanceof DocumentMoveError)) throw error;
      if (performance.now() > deadline) throw new CommandError(`${error.message} Run this again to see it end.`);
      await sleep(500);
    }
  }
}

function describeDocuments({
  collections,
  documents,
  checksum,
  pausedMs,
  passes,
  stragglers,
}: DocumentReceipt): string {
  const lines = collections.filter((one) => one.documents > 0);
  const rows = lines.map((one) => [one.collection, String(one.documents), one.checksum].map(short));
  return [
    ...(rows.length > 0 ? [table([['COLLECTION', 'DOCUMENTS', 'CHECKSUM'], ...rows])] : []),
    `\n${documents} documents in ${passes} passes, over all: ${checksum}`,
    `Writers of documents waited for ${pausedMs} ms.`,
    ...(stragglers
      ? [`${stragglers} documents were written in the old place after the switch, and carried over.`]
      : []),
  ].join('\n');
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
/** Longest another process's move of the documents is waited for. */
const DOCUMENTS_PATIENCE_MS = 120_000;
