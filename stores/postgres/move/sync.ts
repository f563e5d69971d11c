import { createHash } from 'node:crypto';
import pg from 'pg';
import { type Side, within } from './side.ts';
import type { MovedTable } from './tables.ts';

/** What one table holds of the tenant: the digest of each row, by its key as JSON. */
type Digests = ReadonlyMap<string, string>;

export interface TableReceipt {
  readonly table: string;
  readonly rows: { readonly from: number; readonly to: number };
  /** SHA-256 over keys and digests of all rows, in order of key. */
  readonly checksum: { readonly from: string; readonly to: string };
}

export interface SyncResult {
  readonly tables: readonly TableReceipt[];
  /** Rows that were written or removed. */
  readonly changed: number;
}

/**
 * Makes the target hold what the source holds, by comparing digests of all rows
 * and carrying the differences. It needs no record of what was done before or
 * has changed meanwhile, so it can be ended anywhere and begun again. It reads
 * the source in one snapshot and writes the target in one transaction, then
 * reads back what it has written.
 */
export async function sync(source: Side, target: Side, tables: readonly MovedTable[]): Promise<SyncResult> {
  return within(source.client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async () => {
    try {
      return await syncSnapshot(source, target, tables);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // Two rows have changed places in a unique index. Rare enough to begin anew.
      await within(target.client, 'BEGIN', () => removeAll(target, tables));
      return await syncSnapshot(source, target, tables);
    }
  });
}

/** Children first. @returns how many rows there were */
export async function removeAll({ client, schema, placement }: Side, tables: readonly MovedTable[]): Promise<number> {
  let removed = 0;
  for (const { name } of [...tables].reverse()) {
    const { rowCount } = await client.query(`DELETE FROM ${schema}.${name} WHERE tenant_id = $1`, [placement.tenantId]);
    removed += rowCount ?? 0;
  }
  return removed;
}

export async function readReceipt(side: Side, table: MovedTable): Promise<{ rows: number; checksum: string }> {
  return summary(await readDigests(side, table));
}

async function syncSnapshot(source: Side, target: Side, tables: readonly MovedTable[]): Promise<SyncResult> {
  const wanted = new Map<MovedTable, Digests>();
  const changed = await within(target.client, 'BEGIN', async () => {
    const obsolete = new Map<MovedTable, string[]>();
    for (const table of tables) {
      const [from, to] = await Promise.all([readDigests(source, table), readDigests(target, table)]);
      wanted.set(table, from);
      obsolete.set(
        table,
        [...to.keys()].filter((key) => !from.has(key)),
      );
    }
    let count = 0;
    for (const table of [...tables].reverse()) count += await remove(target, table, obsolete.get(table) ?? []);
    for (const table of tables) {
      // Read again: what refers to a row that was removed may have gone with it.
      const there = await readDigests(target, table);
      const keys = [...(wanted.get(table) ?? [])]
        .filter(([key, digest]) => there.get(key) !== digest)
        .map(([key]) => key);
      await copy(source, target, table, keys);
      if (table.identity) await raise(target, table.name, table.identity);
      count += keys.length;
    }
    return count;
  });
  const receipts: TableReceipt[] = [];
  for (const table of tables) {
    const [from, to] = [summary(wanted.get(table) ?? new Map()), await readReceipt(target, table)];
    receipts.push({
      table: table.name,
      rows: { from: from.rows, to: to.rows },
      checksum: { from: from.checksum, to: to.checksum },
    });
  }
  return { tables: receipts, changed };
}

async function readDigests({ client, schema, placement }: Side, { name, key, columns }: MovedTable): Promise<Digests> {
  const { rows } = await client.query<[key: string, digest: string]>({
    text: `SELECT jsonb_build_array(${key.join(', ')})::text, md5(ROW(${columns.map(quoted).join(', ')})::text)
      FROM ${schema}.${name} WHERE tenant_id = $1`,
    values: [placement.tenantId],
    rowMode: 'array',
  });
  return new Map(rows);
}

async function copy(source: Side, target: Side, table: MovedTable, keys: readonly string[]): Promise<void> {
  const size = table.refersToItself ? Math.max(1, keys.length) : BATCH;
  const columns = table.columns.map(quoted);
  const others = table.columns.filter((column) => !table.key.includes(column)).map(quoted);
  const update = others.map((column) => `${column} = excluded.${column}`).join(', ');
  for (let at = 0; at < keys.length; at += size) {
    const { rows } = await source.client.query<{ row: string }>(
      `SELECT to_jsonb(held)::text AS row FROM ${source.schema}.${table.name} AS held ${among(source, table)}`,
      [namedKeys(table, keys.slice(at, at + size))],
    );
    await target.client.query(
      `INSERT INTO ${target.schema}.${table.name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::${target.schema}.${table.name}, $1::jsonb)
       ON CONFLICT (${table.key.join(', ')}) DO ${others.length > 0 ? `UPDATE SET ${update}` : 'NOTHING'}`,
      [`[${rows.map(({ row }) => row).join(',')}]`],
    );
  }
}

async function remove(target: Side, table: MovedTable, keys: readonly string[]): Promise<number> {
  for (let at = 0; at < keys.length; at += BATCH) {
    const chosen = `DELETE FROM ${target.schema}.${table.name} AS held USING`;
    await target.client.query(`${chosen} ${recordset(target, table)} WHERE ${matches(table)}`, [
      namedKeys(table, keys.slice(at, at + BATCH)),
    ]);
  }
  return keys.length;
}

/** Of the counter of a table that others use too: it may skip numbers, and must not give one twice. */
async function raise({ client, schema, placement }: Side, name: string, identity: string): Promise<void> {
  const { rows } = await client.query<{ sequence: string }>('SELECT pg_get_serial_sequence($1, $2) AS sequence', [
    `${schema}.${name}`,
    identity,
  ]);
  const sequence = rows[0]?.sequence;
  if (!sequence) return;
  await client.query(
    `SELECT setval($1::regclass, highest + $3) FROM (SELECT max(${identity}) AS highest FROM ${schema}.${name} WHERE tenant_id = $2) AS held
     WHERE highest >= (SELECT last_value FROM ${sequence})`,
    [sequence, placement.tenantId, BATCH],
  );
}

const among = (side: Side, table: MovedTable): string => `JOIN ${recordset(side, table)} ON ${matches(table)}`;
const recordset = ({ schema }: Side, { name }: MovedTable): string =>
  `jsonb_populate_recordset(NULL::${schema}.${name}, $1::jsonb) AS chosen`;
const matches = ({ key }: MovedTable): string => key.map((column) => `held.${column} = chosen.${column}`).join(' AND ');

function namedKeys({ key }: MovedTable, keys: readonly string[]): string {
  const named = keys.map((text) => {
    const values = JSON.parse(text, exact) as unknown[];
    return Object.fromEntries(key.map((column, at) => [column, values[at]]));
  });
  return JSON.stringify(named);
}

/** A bigint in a key is beyond what a double holds exactly, so far only in theory. */
function exact(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError(`The key ${value} cannot be carried.`);
  return value;
}

function summary(digests: Digests): { rows: number; checksum: string } {
  const lines = [...digests].map(([key, digest]) => `${key} ${digest}\n`).sort();
  return { rows: digests.size, checksum: createHash('sha256').update(lines.join('')).digest('hex') };
}

const quoted = (column: string): string => pg.escapeIdentifier(column);
const isDuplicate = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';
const BATCH = 500;
