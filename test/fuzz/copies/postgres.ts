import pg from 'pg';
import { ownPlaceOf, SHARED_SCHEMA, schemaOf, urlIn } from '#stores/postgres/placement';
import type { Tier } from '#tenancy/tiers';

export interface Who {
  readonly id: string;
  readonly tier: Tier;
}

/** Rows as JSON, by place and table. */
export type PostgresCopy = ReadonlyMap<string, readonly string[]>;

/** The rows of one tenant, wherever they live. @param url of the superuser that owns the test's stores */
export async function copyPostgres(url: string, who: Who): Promise<PostgresCopy> {
  const copy = new Map<string, readonly string[]>();
  await inEachTable(url, who, async (client, table) => {
    const text = `SELECT to_json(t)::text AS row FROM ${table.name} t WHERE ${table.own} ORDER BY 1`;
    const { rows } = await client.query<{ row: string }>(text, [who.id]);
    copy.set(
      `${table.place}.${table.name}`,
      rows.map(({ row }) => row),
    );
  });
  return copy;
}

/** Puts the tenant back to what the copy holds. Its place must be there. */
export async function restorePostgres(url: string, who: Who, copy: PostgresCopy): Promise<void> {
  // First all goes, as rows of one table are chosen by those of another.
  await inEachTable(url, who, async (client, { name, own }) => {
    await client.query(`DELETE FROM ${name} t WHERE ${own}`, [who.id]);
  });
  await inEachTable(url, who, async (client, { name, place, columns, sequences }) => {
    const rows = copy.get(`${place}.${name}`) ?? [];
    // The numbers that follow are the same in every world, and beyond all that were given out while it was made.
    for (const sequence of sequences) await client.query('SELECT setval($1, $2)', [sequence, FIRST_NUMBER]);
    if (rows.length === 0) return;
    await client.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM json_populate_recordset(null::${name}, $1::json) ON CONFLICT DO NOTHING`,
      [`[${rows.join(',')}]`],
    );
  });
}

/** A digest of every row that is not the tenant's, by place and table; of rows that name no tenant, too. */
export async function digestOthers(url: string, who: Who, others: readonly Who[]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const places = [undefined, ...others.flatMap((one) => ownPlaceOf({ tenantId: one.id, tier: one.tier }) ?? [])];
  for (const place of places) {
    await connected(place ? urlIn(url, place) : url, async (client) => {
      for (const { name, own } of await tablesOf(client, place ? schemaOf(place) : SHARED_SCHEMA)) {
        const text = `SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS digest
          FROM ${name} t WHERE (${own}) IS NOT TRUE`;
        const { rows } = await client.query<{ digest: string }>(text, [who.id]);
        digests.set(`postgres ${place?.name ?? 'shared'}.${name}`, rows[0]?.digest ?? '');
      }
    });
  }
  return digests;
}

interface Table {
  /** As it may stand in a statement. */
  readonly name: string;
  /** A database of a tenant's own has the same schema as the shared one, so the schema alone names no place. */
  readonly place: string;
  /** True for the rows of tenant $1, which are called t. */
  readonly own: string;
  /** All that can be written, in a list. */
  readonly columns: string;
  /** Where its numbers come from. */
  readonly sequences: readonly string[];
}

async function inEachTable(
  url: string,
  who: Who,
  work: (client: pg.Client, table: Table) => Promise<void>,
): Promise<void> {
  const own = ownPlaceOf({ tenantId: who.id, tier: who.tier });
  for (const place of [undefined, ...(own ? [own] : [])]) {
    await connected(place ? urlIn(url, place) : url, async (client) => {
      const schema = place ? schemaOf(place) : SHARED_SCHEMA;
      for (const table of await tablesOf(client, schema)) {
        await work(client, { ...table, place: place?.name ?? 'shared' });
      }
    });
  }
}

async function connected(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Keys between the tables would make the order matter; a superuser may leave them unchecked.
    await client.query("SET session_replication_role = 'replica'");
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function tablesOf(client: pg.Client, schema: string): Promise<Omit<Table, 'place'>[]> {
  const { rows } = await client.query<{
    table: string;
    columns: string;
    scoped: boolean;
    sequences: string[];
  }>(TABLES, [schema]);
  return rows.map(({ table, columns, scoped, sequences }) => ({
    name: `${schema}.${table}`,
    own: scoped ? 't.tenant_id = $1::uuid' : (OWN[table]?.(schema) ?? '$1::uuid IS NULL'),
    columns,
    sequences,
  }));
}

const FIRST_NUMBER = 1_000_000;

/** Tables whose rows belong to a tenant without naming it. */
const OWN: Readonly<Record<string, (schema: string) => string>> = {
  tenants: () => 't.id = $1::uuid',
  // Of this tenant alone, or of none any more: a member that it shares with another is the other's, too.
  users: (schema) =>
    `NOT EXISTS (SELECT FROM ${schema}.memberships m WHERE m.user_id = t.id AND m.tenant_id <> $1::uuid)`,
};

/** Memberships last: they say whose the users are. Rows of a partition are those of its table. */
const TABLES = `
  SELECT format('%I', c.relname) AS table,
    string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
    bool_or(a.attname = 'tenant_id') AS scoped,
    array_remove(array_agg(pg_get_serial_sequence(format('%I.%I', $1::text, c.relname), a.attname)), NULL) AS sequences
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname NOT LIKE '\\_prisma%'
  GROUP BY c.relname ORDER BY c.relname = 'memberships', c.relname`;
