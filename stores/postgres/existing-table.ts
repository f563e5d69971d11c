import pg from 'pg';

/** A table of an application that had no tenants, and which of its columns mean what. */
export interface ExistingTable {
  /** Of its database: read, never written. */
  readonly url: string;
  /** With its schema where that is not on the path. */
  readonly table: string;
  /** Unique and ordered, such as its primary key: what was taken is known again by it. */
  readonly key: string;
  readonly columns: {
    readonly title: string;
    readonly body?: string | undefined;
    readonly summary?: string | undefined;
    readonly publishedAt?: string | undefined;
    /** Says whose the row is; absent where all are one tenant's. */
    readonly owner?: string | undefined;
  };
}

export interface ExistingRow {
  readonly key: string;
  readonly title: string | null;
  readonly body: string | null;
  readonly summary: string | null;
  readonly publishedAt: Date | null;
  readonly owner: string | null;
}

/**
 * Reads the table in the order of its key, a page at a time, so that neither its
 * size nor a long transaction on it is felt by the application that still uses it.
 */
export async function* readRows(from: ExistingTable, page = 500): AsyncGenerator<ExistingRow> {
  const client = new pg.Client({ connectionString: from.url, application_name: 'polygraph adopt' });
  await client.connect();
  try {
    let after: string | undefined;
    for (;;) {
      const text = pageOf(client, from, after !== undefined);
      const { rows }: pg.QueryResult<ExistingRow> = await client.query<ExistingRow>(
        text,
        after === undefined ? [page] : [page, after],
      );
      yield* rows;
      if (rows.length < page) return;
      after = rows.at(-1)?.key;
    }
  } finally {
    await client.end();
  }
}

export async function countRows({ url, table }: ExistingTable): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${quoted(client, table)}`);
    return rows[0]?.n ?? 0;
  } finally {
    await client.end();
  }
}

/** The key is told as text and compared in its own type, which the server takes the parameter for. */
function pageOf(client: pg.Client, { table, key, columns }: ExistingTable, isLater: boolean): string {
  const id = client.escapeIdentifier(key);
  const column = (name: string | undefined, type: string): string =>
    name === undefined ? `NULL::${type}` : `${client.escapeIdentifier(name)}::${type}`;
  return `SELECT ${id}::text AS key, ${column(columns.title, 'text')} AS title, ${column(columns.body, 'text')} AS body,
    ${column(columns.summary, 'text')} AS summary, ${column(columns.publishedAt, 'timestamptz')} AS "publishedAt",
    ${column(columns.owner, 'text')} AS owner
  FROM ${quoted(client, table)} ${isLater ? `WHERE ${id} > $2` : ''} ORDER BY ${id} LIMIT $1`;
}

const quoted = (client: pg.Client, table: string): string =>
  table
    .split('.')
    .map((part) => client.escapeIdentifier(part))
    .join('.');
