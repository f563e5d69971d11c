import { REGISTRY_TABLES, SHARED_ONLY_TABLES } from '../copies.ts';
import type { Side } from './side.ts';

/** A table whose rows a tenant takes along. */
export interface MovedTable {
  readonly name: string;
  /** Without generated ones, whose values follow. In order of name, so that both sides write a row alike. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Counts up by itself: it must not give again what the tenant brings along. */
  readonly identity: string | undefined;
  /** Rows that refer to rows of the same table, which must come in one statement. */
  readonly refersToItself: boolean;
}

/**
 * Every table with a `tenant_id`, read from the catalogue, so that a new one needs nothing here; parents before what
 * refers to them. Not those that are kept in the shared database for every tier (copies.ts).
 * @throws Error for tables that refer to each other in a circle, and for one without a key
 */
export async function readTables({ client, schema }: Side): Promise<MovedTable[]> {
  const { rows } = await client.query<TableRow>(TABLES, [schema, [...REGISTRY_TABLES, ...SHARED_ONLY_TABLES]]);
  for (const { name, key } of rows) if (!key) throw new Error(`The table ${name} has no primary key.`);
  const names = new Set(rows.map(({ name }) => name));
  const waiting = new Map(
    rows.map((row) => [
      row.name,
      { row, parents: row.parents.filter((parent) => names.has(parent) && parent !== row.name) },
    ]),
  );
  const sorted: MovedTable[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(({ parents }) => !parents.some((parent) => waiting.has(parent)));
    if (free.length === 0) throw new Error(`These tables refer to each other: ${[...waiting.keys()].join(', ')}.`);
    for (const { row } of free) {
      waiting.delete(row.name);
      const { name, columns, key, identity, parents } = row;
      sorted.push({
        name,
        columns,
        key: key ?? [],
        identity: identity ?? undefined,
        refersToItself: parents.includes(name),
      });
    }
  }
  return sorted;
}

/** @throws Error that names a table in which the places differ */
export function assertAlike(source: readonly MovedTable[], target: readonly MovedTable[]): void {
  const shape = (tables: readonly MovedTable[], name: string): string =>
    JSON.stringify(tables.find((table) => table.name === name) ?? null);
  const names = new Set([...source, ...target].map(({ name }) => name));
  const different = [...names].filter((name) => shape(source, name) !== shape(target, name));
  if (different.length > 0) {
    throw new Error(`The places differ in ${different.join(', ')}. Run \`polygraph migrate\` first.`);
  }
}

interface TableRow {
  name: string;
  columns: string[];
  key: string[] | null;
  identity: string | null;
  parents: string[];
}

const TABLES = `
  SELECT c.relname AS name,
    (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
    (SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum))
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
      WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
    (SELECT a.attname::text FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attidentity <> '' AND NOT a.attisdropped) AS identity,
    ARRAY(SELECT DISTINCT p.relname::text FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
      WHERE k.conrelid = c.oid AND k.contype = 'f') AS parents
  FROM pg_class c
  WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname <> ALL ($2)
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
  ORDER BY c.relname`;
