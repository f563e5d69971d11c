import type pg from 'pg';

/**
 * How an index over the vectors of many tenants is walked. Policies and filters
 * are asked of what the index gives, so a search must go on until enough is left:
 * pgvector does so (`iterative_scan`), to an end that keeps one question from
 * reading the whole index. Whoever asks compares exactly where that was too soon.
 */
export const VECTOR_SCAN = {
  'hnsw.iterative_scan': 'strict_order',
  'hnsw.ef_search': '100',
  'hnsw.max_scan_tuples': '20000',
  'ivfflat.iterative_scan': 'relaxed_order',
  'ivfflat.probes': '30',
  'ivfflat.max_probes': '200',
} as const;

export const VECTOR_INDEXES = ['HNSW', 'IVFFLAT'] as const;
export type VectorIndex = (typeof VECTOR_INDEXES)[number];

/**
 * Builds the chosen index where it is missing and drops the other, in the current
 * schema, while everybody goes on reading and writing. IVFFlat divides the vectors that are
 * there into lists, so it is built again when they have grown tenfold, and not before there are
 * enough to divide.
 * @returns whether anything was built
 */
export async function chooseVectorIndex(client: pg.ClientBase, wanted: VectorIndex): Promise<boolean> {
  const { rows } = await client.query<IndexRow>(INDEXES);
  const { rows: counted } = await client.query<{ count: string }>(
    'SELECT reltuples::bigint AS count FROM pg_class WHERE oid = $1::regclass',
    [TABLE],
  );
  const count = Number(counted[0]?.count ?? 0);
  const [there] = rows.filter(({ method, valid }) => valid && method === wanted.toLowerCase());
  if (there && !isOutgrown(there, count)) return false;
  if (wanted === 'IVFFLAT' && count < LEAST_TO_DIVIDE) return false;
  const name = `${TABLE}_${wanted.toLowerCase()}_${Date.now().toString(36)}`;
  await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${TABLE} USING ${METHODS[wanted](count)}`);
  for (const { name: former } of rows) await client.query(`DROP INDEX CONCURRENTLY ${former}`);
  return true;
}

interface IndexRow {
  readonly name: string;
  readonly method: string;
  readonly valid: boolean;
  /** Of IVFFlat. */
  readonly lists: number | null;
}

const isOutgrown = ({ lists }: IndexRow, count: number): boolean => lists !== null && listsFor(count) > lists * 3;

/** As pgvector advises: a list a thousand rows, for up to a million. */
const listsFor = (count: number): number => Math.max(10, Math.round(Math.min(count / 250, Math.sqrt(count) * 1.5)));

const METHODS: Readonly<Record<VectorIndex, (count: number) => string>> = {
  HNSW: () => 'hnsw (embedding public.vector_cosine_ops)',
  IVFFLAT: (count) => `ivfflat (embedding public.vector_cosine_ops) WITH (lists = ${listsFor(count)})`,
};
const TABLE = 'offloaded_vectors';
const LEAST_TO_DIVIDE = 1_000;
const INDEXES = `
  SELECT i.indexrelid::regclass::text AS name, m.amname AS method, i.indisvalid AS valid,
    (SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'lists') AS lists
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
  WHERE i.indrelid = '${TABLE}'::regclass AND m.amname IN ('hnsw', 'ivfflat')`;
