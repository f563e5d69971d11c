import type pg from 'pg';
import { z } from 'zod';
import { openPassword, sealPassword } from './sealing.ts';

/** A row of `admin.database_connections`, its password opened. */
export const ConnectionRecord = z.object({
  connection_name: z.string(),
  connection_type: z.enum(['ADMIN', 'SHARED', 'ANALYTICS', 'DEDICATED']),
  region_id: z.string().nullable(),
  host: z.string(),
  port: z.int(),
  database_name: z.string(),
  username: z.string(),
  ssl_mode: z.enum(['disable', 'require', 'verify-full']),
  weight: z.int().positive(),
  pool_min_size: z.int(),
  pool_max_size: z.int().positive(),
  pool_timeout_seconds: z.coerce.number().positive(),
  pool_recycle_seconds: z.int().positive(),
  pool_pre_ping: z.boolean(),
  statement_timeout_ms: z.int().positive(),
  application_name: z.string(),
  is_active: z.boolean(),
});
export type ConnectionRecord = z.infer<typeof ConnectionRecord> & { readonly password: string };

type Optional = 'region_id' | 'weight' | `pool_${string}` | 'statement_timeout_ms' | 'application_name' | 'is_active';
/** What the table has a default for may be left out. */
export type NewConnection = Omit<ConnectionRecord, Optional> &
  Partial<Pick<ConnectionRecord, Optional & keyof ConnectionRecord>>;

type Asking = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

/** @param client connects as `polygraph_provision` */
export async function readConnections(
  client: Asking,
  secrets: readonly [string, ...string[]],
): Promise<ConnectionRecord[]> {
  const { rows } = await client.query<{ connection_name: string; encrypted_password: string }>(
    'SELECT * FROM admin.database_connections WHERE is_active ORDER BY connection_name',
  );
  return rows.map((row) => ({
    ...ConnectionRecord.parse(row),
    password: openPassword(row.encrypted_password, row.connection_name, secrets),
  }));
}

/** Adds a connection, or changes the one of that name. Processes that run take it up by themselves. */
export async function saveConnection(
  client: Asking,
  { password, ...given }: NewConnection,
  secrets: readonly [string, ...string[]],
): Promise<void> {
  const row = { ...given, encrypted_password: sealPassword(password, given.connection_name, secrets) };
  const columns = Object.keys(row);
  const values = columns.map((_, at) => `$${at + 1}`);
  const changed = columns.map((column) => `${column} = excluded.${column}`);
  await client.query(
    `INSERT INTO admin.database_connections (${columns.join(', ')}) VALUES (${values.join(', ')})
     ON CONFLICT (connection_name) DO UPDATE SET ${changed.join(', ')}, updated_at = now()`,
    Object.values(row),
  );
}
