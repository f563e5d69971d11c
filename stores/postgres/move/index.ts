import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Tier } from '#tenancy/tiers';
import { copyRegistry } from '../copies.ts';
import { MIGRATION_LOCK, makePlace } from '../migrate.ts';
import { type Placement, placementOf } from '../placement.ts';
import { adjustRole, clean } from './clean.ts';
import { asMover, findOrBegin, isThere, MoveError, nextGeneration, tierOf } from './mover.ts';
import type { MovePoint, Moving } from './moving.ts';
import {
  findUnfinished,
  MOVE_STEPS,
  type MoveReceipt,
  type MoveRecord,
  type MoveStep,
  readReceiptOf,
  recordStep,
} from './record.ts';
import { openSide } from './side.ts';
import { switchOver } from './switch.ts';
import { readReceipt, sync } from './sync.ts';
import { assertAlike, type MovedTable, readTables } from './tables.ts';

export interface MoveOptions {
  /** The migrator's. */
  url: string;
  secrets: readonly [string, ...string[]];
  tenantId: string;
  to: Tier;
  /** How long transactions of the tenant may take to end before the switch. */
  drainMs?: number;
  /** How long reads that began before the switch may go on in the old place; longer than any takes. */
  graceMs?: number;
  /** Awaited wherever the move gets. */
  onPoint?: (point: MovePoint) => Promise<void> | void;
}

export interface MovePlan {
  readonly from: Tier;
  readonly to: Tier;
  /** Unfinished: the run goes on there. */
  readonly resumesAt: MoveStep | undefined;
  /** Of each table that would be carried. Empty where the place stays the same. */
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
}

export { MoveError } from './mover.ts';

/**
 * Moves a tenant to another tier while it is used: planned → copying → catching
 * up → switching → verifying → cleaned, recorded in `tenant_moves`. Each step can
 * be repeated, so a run that was killed is gone on with by the next.
 *
 * @returns the receipt; undefined where both tiers live in the same place
 * @throws MoveError where the tenant is unknown, moved by another process, or on its way to another tier
 */
export function moveTenant(options: MoveOptions): Promise<MoveReceipt | undefined> {
  return asMover(options.url, options.tenantId, async (admin) => {
    const { tenantId, to } = options;
    const move = await findOrBegin(admin, tenantId, to);
    if (!move) return undefined;
    return run(admin, move, options);
  });
}

/** What `moveTenant` would do. Changes nothing. */
export function planMove(options: MoveOptions): Promise<MovePlan> {
  return asMover(options.url, options.tenantId, async (admin) => {
    const { tenantId, to, url } = options;
    const unfinished = await findUnfinished(admin, tenantId);
    const from = unfinished?.from ?? (await tierOf(admin, tenantId));
    const plan = { from, to, resumesAt: unfinished?.step };
    if (placementOf({ tenantId, tier: from }).kind === placementOf({ tenantId, tier: to }).kind) {
      return { ...plan, tables: [] };
    }
    const source = await openSide(url, placementOf({ tenantId, tier: from }));
    try {
      const tables: { table: string; rows: number }[] = [];
      for (const table of await readTables(source)) {
        tables.push({ table: table.name, rows: (await readReceipt(source, table)).rows });
      }
      return { ...plan, tables };
    } finally {
      await source.close();
    }
  });
}

async function run(admin: pg.Client, begun: MoveRecord, options: MoveOptions): Promise<MoveReceipt | undefined> {
  const { url, secrets, tenantId, drainMs = 3_000, graceMs = 3_000, onPoint } = options;
  const [from, to] = [placementOf({ tenantId, tier: begun.from }), placementOf({ tenantId, tier: begun.to })];
  const point = async (name: MovePoint): Promise<void> => onPoint?.(name);
  const reach = async (step: MoveStep): Promise<void> => {
    await recordStep(admin, begun, step);
    await point(step);
  };
  const renewCopies = async (): Promise<void> => {
    if (to.kind !== 'shared') await copyRegistry({ url, secrets, place: to });
  };
  await point(begun.step);

  if (!isPast(begun, 'switching')) {
    if (to.kind !== 'shared') await makePlace({ url, secrets, place: to });
    await point('place made');
    // From here to the end, no migration changes the tables on one side.
    await admin.query('SELECT pg_advisory_lock_shared($1)', [MIGRATION_LOCK]);
    await renewCopies();
    const [source, target] = [await openSide(url, from), await openSide(url, to)];
    try {
      const tables = await readTables(source);
      assertAlike(tables, await readTables(target));
      const generation = await nextGeneration(admin, tenantId);
      const moving = { move: begun, admin, source, target, generation, drainMs, copyRegistry: renewCopies, point };
      const passes = await approach(moving, tables, reach);
      await reach('switching');
      await switchOver(moving, tables, passes);
      await point('verifying');
    } finally {
      await Promise.all([source.close(), target.close()]);
    }
  }

  await renewCopies();
  await settle(url, to);
  await sleep(graceMs);
  await assertQuiet(admin, url, begun, from);
  await clean(admin, from);
  await point('rows removed');
  await adjustRole(admin, from, to);
  await reach('cleaned');
  return await readReceiptOf(admin, begun);
}

/** Carries what there is, then what has changed meanwhile, until that is little. @returns how often */
async function approach(
  { source, target }: Moving,
  tables: readonly MovedTable[],
  reach: (step: MoveStep) => Promise<void>,
): Promise<number> {
  await reach('copying');
  await sync(source, target, tables);
  await reach('catching up');
  let passes = 1;
  for (; passes < MOST_PASSES; passes += 1) {
    const { changed } = await sync(source, target, tables);
    if (changed <= FEW_ROWS) break;
  }
  return passes + 1;
}

/** The new place serves whoever comes, no longer only those who have read the new address. */
async function settle(url: string, to: Placement): Promise<void> {
  if (to.kind !== 'database') return;
  const side = await openSide(url, to);
  try {
    await side.client.query('UPDATE public.placements SET settled = true WHERE tenant_id = $1', [to.tenantId]);
  } finally {
    await side.close();
  }
}

/**
 * Nothing may have been written in the old place since the receipt. The relay's
 * marks are left out: one that it set meanwhile is set again in the new place.
 * @throws MoveError; nothing is removed then
 */
async function assertQuiet(admin: pg.Client, url: string, move: MoveRecord, from: Placement): Promise<void> {
  const receipt = await readReceiptOf(admin, move);
  if (!receipt || !(await isThere(admin, from))) return;
  const source = await openSide(url, from);
  try {
    const held = await readTables(source);
    for (const { table, rows, checksum } of receipt.tables) {
      const found = held.find(({ name }) => name === table);
      if (!found || table === 'outbox_deliveries') continue;
      const now = await readReceipt(source, found);
      // Fewer rows: a former run was killed while it removed them.
      if (now.rows >= rows.from && now.checksum !== checksum.from) {
        throw new MoveError(`Something was written to ${table} in the old place after the switch. It is kept there.`);
      }
    }
  } finally {
    await source.close();
  }
}

const isPast = ({ step }: MoveRecord, other: MoveStep): boolean => MOVE_STEPS.indexOf(step) > MOVE_STEPS.indexOf(other);
/** So few are carried during the pause that writers hardly notice. */
const FEW_ROWS = 20;
/** Of a tenant that writes faster than is carried, the rest waits for the pause. */
const MOST_PASSES = 5;
