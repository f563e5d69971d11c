import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Moving } from './moving.ts';
import { type MoveReceipt, recordReceipt, recordStep } from './record.ts';
import { type Side, within } from './side.ts';
import { type SyncResult, sync } from './sync.ts';
import type { MovedTable } from './tables.ts';

/**
 * The only moment in which writers wait. The lock of the tenant lets those in a
 * transaction finish and nobody else begin; then the rest is carried, both sides
 * are compared, and the tenant's address changes. The lock belongs to this
 * session: where the process is killed, it is gone, and writers go on where they
 * were, except between the two commits of `readdress`, which the next run repeats.
 */
export async function switchOver(moving: Moving, tables: readonly MovedTable[], passes: number): Promise<void> {
  const { source, target, move, point } = moving;
  const began = performance.now();
  await lock(source, moving.drainMs);
  try {
    await point('paused');
    await moving.copyRegistry();
    const outcome = await sync(source, target, tables);
    const receipt = receiptOf(outcome, passes);
    const sinceBegan = (): MoveReceipt => ({ ...receipt, pausedMs: Math.round(performance.now() - began) });
    await readdress(moving, sinceBegan());
    await recordReceipt(moving.admin, move, sinceBegan());
    await point('switched');
  } finally {
    await source.client
      .query('SELECT pg_advisory_unlock(public.placement_lock($1))', [move.tenantId])
      .catch(() => undefined);
  }
}

/** @throws Error where a transaction of the tenant takes too long; writers have waited in vain then, and go on */
async function lock({ client, placement }: Side, drainMs: number): Promise<void> {
  await client.query(`SELECT set_config('lock_timeout', $1, false)`, [`${drainMs}ms`]);
  try {
    await client.query('SELECT pg_advisory_lock(public.placement_lock($1))', [placement.tenantId]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === '55P03')) throw error;
    throw new Error('A transaction of the tenant did not end in time. Nothing has changed; run this again.', {
      cause: error,
    });
  } finally {
    await client.query('RESET lock_timeout').catch(() => undefined);
  }
}

/**
 * Changes the address in an order in which no two places serve the tenant: a
 * database that it moves to learns of it first, but serves nobody who has not
 * read the new address; a database that it leaves is closed before the address
 * changes. Within the shared database, both happen at once.
 */
async function readdress(moving: Moving, receipt: MoveReceipt): Promise<void> {
  const { admin, source, target, move, generation, point } = moving;
  const { kind, tenantId } = target.placement;
  if (kind === 'database') {
    await target.client.query(
      `INSERT INTO public.placements (tenant_id, kind, generation, settled) VALUES ($1, 'database', $2, false)
       ON CONFLICT (tenant_id) DO UPDATE SET kind = excluded.kind, generation = excluded.generation, settled = false`,
      [tenantId, generation],
    );
    await point('announced');
  }
  if (source.placement.kind === 'database') {
    await source.client.query('UPDATE public.placements SET kind = $2, generation = $3 WHERE tenant_id = $1', [
      tenantId,
      kind,
      generation,
    ]);
    await point('closed');
  }
  await within(admin, 'BEGIN', async () => {
    await admin.query('UPDATE public.placements SET kind = $2, generation = $3, settled = true WHERE tenant_id = $1', [
      tenantId,
      kind,
      generation,
    ]);
    // Told in the chain of the place where the tenant now lives; elsewhere, the renewed copy tells it.
    if (kind === 'shared') await admin.query(`SELECT set_config('app.audit', '', true)`);
    await admin.query('UPDATE public.tenants SET tier = $2 WHERE id = $1', [tenantId, move.to]);
    await recordReceipt(admin, move, receipt);
    await recordStep(admin, move, 'verifying');
  });
}

/** @throws Error where the sides differ: nothing is switched then */
function receiptOf({ tables }: SyncResult, passes: number): Omit<MoveReceipt, 'pausedMs'> {
  const wrong = tables.filter(({ rows, checksum }) => rows.from !== rows.to || checksum.from !== checksum.to);
  if (wrong.length > 0) {
    throw new Error(`What arrived is not what was sent, in ${wrong.map(({ table }) => table).join(', ')}.`);
  }
  const over = tables.map(({ table, checksum }) => `${table} ${checksum.to}\n`).join('');
  const checksum = createHash('sha256').update(over).digest('hex');
  return { tables, rows: tables.reduce((sum, { rows }) => sum + rows.to, 0), checksum, passes };
}
