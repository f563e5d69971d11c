import type pg from 'pg';
import type { PlaceKind } from './placement.ts';
import type { Address } from './residence.ts';

/** Where the tenant lives now, of which the shared database is the judge. @param pool leads there */
export async function readAddress(pool: pg.Pool, tenantId: string): Promise<Address | undefined> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`SELECT set_config('app.tenant', $1, true)`, [tenantId]);
    const { rows } = await client.query<{ kind: PlaceKind; generation: number }>(
      'SELECT kind, generation FROM public.placements WHERE tenant_id = $1',
      [tenantId],
    );
    await client.query('COMMIT');
    client.release();
    return rows[0];
  } catch (error) {
    // Destroyed rather than rolled back: nobody may get a connection that still knows a tenant.
    client.release(true);
    throw error;
  }
}
