import type pg from 'pg';
import type { Tier } from '#tenancy/tiers';
import { type Placement, placementOf } from '../placement.ts';
import { withClient } from '../places.ts';
import { beginMove, findUnfinished, type MoveRecord } from './record.ts';
import { actFor } from './side.ts';

export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/** Runs `work` with a connection to the shared database, while no other process moves this tenant. */
export function asMover<T>(url: string, tenantId: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async (admin) => {
    await actFor(admin, tenantId);
    const { rows } = await admin.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS free', [
      MOVER_LOCK,
      tenantId,
    ]);
    if (!rows[0]?.free) throw new MoveError('Another process is moving this tenant.');
    return work(admin);
  });
}

export async function tierOf(admin: pg.Client, tenantId: string): Promise<Tier> {
  const { rows } = await admin.query<{ tier: Tier }>('SELECT tier FROM public.tenants WHERE id = $1', [tenantId]);
  if (!rows[0]) throw new MoveError('There is no such tenant.');
  return rows[0].tier;
}

/** @returns undefined where nothing is to be carried; the tier is changed then */
export async function findOrBegin(admin: pg.Client, tenantId: string, to: Tier): Promise<MoveRecord | undefined> {
  const unfinished = await findUnfinished(admin, tenantId);
  if (unfinished && unfinished.to !== to) {
    throw new MoveError(`The tenant is on its way to ${unfinished.to}. Finish that first.`);
  }
  if (unfinished) return unfinished;
  const from = await tierOf(admin, tenantId);
  if (placementOf({ tenantId, tier: from }).kind === placementOf({ tenantId, tier: to }).kind) {
    await admin.query('RESET app.audit');
    await admin.query('UPDATE public.tenants SET tier = $2 WHERE id = $1 AND tier <> $2', [tenantId, to]);
    return undefined;
  }
  return beginMove(admin, tenantId, from, to);
}

/** That of the next address; the same again where a run was killed before it had changed. */
export async function nextGeneration(admin: pg.Client, tenantId: string): Promise<number> {
  const text = 'SELECT generation FROM public.placements WHERE tenant_id = $1';
  const { rows } = await admin.query<{ generation: number }>(text, [tenantId]);
  if (!rows[0]) throw new MoveError('The tenant has no address.');
  return rows[0].generation + 1;
}

export async function isThere(admin: pg.Client, place: Placement): Promise<boolean> {
  if (place.kind === 'shared') return true;
  const catalogue = place.kind === 'schema' ? 'pg_namespace WHERE nspname' : 'pg_database WHERE datname';
  return (await admin.query(`SELECT FROM ${catalogue} = $1`, [place.name])).rows.length > 0;
}

const MOVER_LOCK = 72_707;
