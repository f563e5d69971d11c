import type pg from 'pg';
import { type OwnPlace, schemaOf, urlIn } from './placement.ts';
import { withClient } from './places.ts';
import { urlOfRole } from './roles.ts';

export interface CopyOptions {
  /** The migrator's. */
  url: string;
  secrets: readonly [string, ...string[]];
  place: OwnPlace;
  /** This person alone instead of everybody. */
  userId?: string;
}

/**
 * Who may enter is asked before a tenant is known, so tenants, people,
 * memberships and keys are kept in the shared tables for every tier. A tenant
 * that lives apart has a copy of its own rows at hand, so that its statements
 * and foreign keys are those of every other tenant: this makes or renews it.
 * It copies by name whatever columns there are, so a new one needs nothing here.
 */
export async function copyRegistry({ url, secrets, place, userId }: CopyOptions): Promise<void> {
  await withClient(urlOfRole(url, 'provision', secrets), async (source) => {
    const copies: Copy[] = [];
    for (const table of TABLES) copies.push(await readTable(source, table, place.tenantId, userId));
    await withClient(urlOfRole(urlIn(url, place), 'provision', secrets), async (target) => {
      await target.query('BEGIN');
      for (const copy of copies) await writeTable(target, schemaOf(place), copy);
      await target.query('COMMIT');
    });
  });
}

interface Table {
  readonly name: string;
  readonly key: readonly string[];
  /** Of `$1`, the tenant, and `$2`, a user or null for all. */
  readonly rows: string;
}

/** In the order of their foreign keys. */
const TABLES: readonly Table[] = [
  { name: 'tenants', key: ['id'], rows: 'SELECT * FROM public.tenants WHERE id = $1 AND ($2::uuid IS NULL OR true)' },
  {
    name: 'users',
    key: ['id'],
    rows: `SELECT u.* FROM public.users u JOIN public.memberships m ON m.user_id = u.id
      WHERE m.tenant_id = $1 AND ($2::uuid IS NULL OR u.id = $2)`,
  },
  {
    name: 'memberships',
    key: ['tenant_id', 'user_id'],
    rows: 'SELECT * FROM public.memberships WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2)',
  },
  {
    name: 'api_keys',
    key: ['tenant_id', 'id'],
    rows: 'SELECT * FROM public.api_keys WHERE tenant_id = $1 AND $2::uuid IS NULL',
  },
];

export const REGISTRY_TABLES: readonly string[] = TABLES.map(({ name }) => name);

/** Kept in the shared database alone, for every tier: a tenant's own place needs no copy of them. */
export const SHARED_ONLY_TABLES: readonly string[] = [
  ...['roles', 'invitations', 'approvals', 'credentials', 'passkeys', 'maintenance_runs'],
  ...['placements', 'tenant_moves', 'sharing_rules', 'sharing_answers', 'sharing_access'],
  ...['federated_sessions', 'federated_rounds', 'federated_participants', 'federated_contributions', 'privacy_budgets'],
];

interface Copy extends Table {
  readonly columns: readonly string[];
  /** JSON of an array of rows. */
  readonly values: string;
}

async function readTable(source: pg.Client, table: Table, tenantId: string, userId?: string): Promise<Copy> {
  const { rows: columns } = await source.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
     AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [`public.${table.name}`],
  );
  const { rows } = await source.query<{ values: string }>(
    `SELECT coalesce(jsonb_agg(to_jsonb(given)), '[]')::text AS values FROM (${table.rows}) AS given`,
    [tenantId, userId ?? null],
  );
  return { ...table, columns: columns.map(({ name }) => name), values: rows[0]?.values ?? '[]' };
}

async function writeTable(target: pg.Client, schema: string, { name, key, columns, values }: Copy): Promise<void> {
  const quoted = columns.map((column) => target.escapeIdentifier(column));
  const changed = quoted
    .filter((_, at) => !key.includes(columns[at] ?? ''))
    .map((column) => `${column} = excluded.${column}`);
  await target.query(
    `INSERT INTO ${schema}.${name} (${quoted.join(', ')})
     SELECT ${quoted.join(', ')} FROM jsonb_populate_recordset(NULL::${schema}.${name}, $1::jsonb)
     ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changed.join(', ')}`,
    [values],
  );
}
