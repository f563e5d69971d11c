import type pg from 'pg';
import type { Placement } from '../placement.ts';
import { POSTGRES_ROLES } from '../roles.ts';
import { type Side, within } from './side.ts';
import { removeAll } from './sync.ts';
import { readTables } from './tables.ts';

/** Leaves nothing of the tenant in the place it has left. Can be repeated. */
export async function clean(admin: pg.Client, from: Placement): Promise<void> {
  if (from.kind === 'shared') {
    const side: Side = { placement: from, schema: 'public', client: admin, close: async () => undefined };
    const tables = await readTables(side);
    await within(admin, 'BEGIN', () => removeAll(side, tables));
  }
  if (from.kind === 'schema') await admin.query(`DROP SCHEMA IF EXISTS ${from.name} CASCADE`);
  if (from.kind === 'database') await admin.query(`DROP DATABASE IF EXISTS ${from.name} WITH (FORCE)`);
}

/** The role is of the same name in every place of its own, and may do what the new one needs and no more. */
export async function adjustRole(admin: pg.Client, from: Placement, to: Placement): Promise<void> {
  if (from.kind === 'shared') return;
  const { name } = from;
  const { rows } = await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  if (rows.length === 0) return;
  if (to.kind === 'shared') {
    // What scripts granted it in the shared database, which only one who may act as it can take back.
    await admin.query(`GRANT ${name} TO CURRENT_USER`);
    await admin.query(`DROP OWNED BY ${name}`);
    await admin.query(`DROP ROLE ${name}`);
  }
  if (to.kind === 'schema') await admin.query(`ALTER ROLE ${name} NOLOGIN PASSWORD NULL`);
  if (to.kind === 'database') await admin.query(`REVOKE ${name} FROM ${POSTGRES_ROLES.app}`);
}
