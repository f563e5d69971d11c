import type pg from 'pg';
import type { Placement } from '../placement.ts';
import { readRefusal } from '../refusal.ts';
import { type AuditAccess, inEachPlace, listAuditedTenants } from './places.ts';

/** A tenant, on a connection of the owner of the tables to where it lives. */
export interface TenantAtHome {
  readonly client: pg.Client;
  readonly id: string;
  readonly slug: string;
  readonly place: Placement;
}

/**
 * Runs `work` for each tenant where it lives, one after the other. `app.tenant` is set for the connection, because
 * policies hold the owner, too.
 */
export async function inEachTenant(
  access: AuditAccess,
  work: (tenant: TenantAtHome) => Promise<void>,
  onError?: Parameters<typeof inEachPlace>[2],
): Promise<void> {
  const tenants = await listAuditedTenants(access);
  const inPlace: Parameters<typeof inEachPlace>[1] = async (client, place) => {
    for (const { id, slug, places } of tenants) {
      const home = places.at(-1);
      const here = place ? place.tenantId === id : home?.kind === 'shared';
      if (!(home && here)) continue;
      await client.query("SELECT set_config('app.tenant', $1, false)", [id]);
      await work({ client, id, slug, place: home });
    }
  };
  await inEachPlace(access, inPlace, onError);
}

/** Work for all tenants that says which places it could not be done in, and is done in the others. */
export async function inEachTenantThere(
  access: AuditAccess,
  work: (tenant: TenantAtHome) => Promise<void>,
): Promise<string[]> {
  const failed: string[] = [];
  await inEachTenant(access, work, (error, place) => {
    const where = place ? `${place.kind} of ${place.tenantId}` : 'shared tables';
    failed.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  });
  return failed;
}

/**
 * One transaction of the tenant's, which its place refuses while it is being moved, or where it has moved since the list
 * was read.
 * @returns undefined where it was refused
 */
export async function atHome<T>({ client, id, place }: TenantAtHome, work: () => Promise<T>): Promise<T | undefined> {
  try {
    await client.query('BEGIN');
    await client.query('SELECT public.enter_place($1, $2, NULL, true)', [id, place.kind]);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    if (readRefusal(error)) return undefined;
    throw error;
  }
}
