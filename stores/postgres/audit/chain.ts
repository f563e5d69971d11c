import type pg from 'pg';
import { type Placement, SHARED_SCHEMA, schemaOf, urlIn } from '../placement.ts';
import { withClient } from '../places.ts';
import type { ChainRow } from './digest.ts';
import type { AuditAccess } from './places.ts';
import type { ArchivedStretch, Chain } from './verify.ts';

/** A chain with its name, undefined before the first row. */
export interface NamedChain extends Chain {
  readonly name: string | undefined;
  /** Tables of tenants' rows here whose changes are not audited, because a trigger is gone or switched off. */
  readonly silent: readonly string[];
}

/** Reads the chain of one tenant in one place as it is at one moment, while others go on writing. */
export function withChain<T>(
  { url }: AuditAccess,
  place: Placement,
  work: (chain: NamedChain) => Promise<T>,
): Promise<T> {
  return withClient(urlIn(url, place), async (client) => {
    const schema = schemaOf(place);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL search_path = ${schema === SHARED_SCHEMA ? schema : `${schema}, ${SHARED_SCHEMA}`}`);
    // The owner of the tables is held by their policies, too.
    await client.query("SELECT set_config('app.tenant', $1, true)", [place.tenantId]);
    const { rows: heads } = await client.query<{ chain: string; seq: string; hash: string }>(
      'SELECT chain, seq, hash FROM audit_heads WHERE tenant_id = $1',
      [place.tenantId],
    );
    const { rows: silent } = await client.query<{ name: string }>(SILENT, [schema]);
    const [head] = heads;
    return work({
      name: head?.chain,
      head: head && { seq: BigInt(head.seq), hash: head.hash },
      archives: await readArchives(client, place.tenantId),
      silent: silent.map(({ name }) => name),
      rows: readRows(client, place.tenantId),
    });
  });
}

/** In order, a page at a time, however long the chain is. @param where a condition that holds a month */
export async function* readRows(
  client: pg.ClientBase,
  tenantId: string,
  table = 'audit_log',
): AsyncGenerator<ChainRow> {
  let after = '0';
  for (;;) {
    const { rows } = await client.query<Omit<ChainRow, 'seq'> & { seq: string }>(
      `SELECT ${COLUMNS} FROM ${table} WHERE tenant_id = $1 AND seq > $2 ORDER BY seq, at LIMIT ${PAGE}`,
      [tenantId, after],
    );
    for (const row of rows) yield { ...row, seq: BigInt(row.seq) };
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.seq;
  }
}

export async function readArchives(client: pg.ClientBase, tenantId: string): Promise<ArchivedStretch[]> {
  const { rows } = await client.query<Omit<ArchivedStretch, 'firstSeq' | 'lastSeq'> & Record<'first' | 'last', string>>(
    `SELECT first_seq AS first, last_seq AS last, prev_hash AS "prevHash", last_hash AS "lastHash",
       to_char(month, 'YYYY-MM') AS month, file_sha256 AS "fileSha256"
     FROM audit_archives WHERE tenant_id = $1 ORDER BY first_seq`,
    [tenantId],
  );
  return rows.map(({ first, last, ...row }) => ({ ...row, firstSeq: BigInt(first), lastSeq: BigInt(last) }));
}

const PAGE = 1_000;
const COLUMNS = `tenant_id AS "tenantId", seq,
  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
  principal_kind AS "principalKind", principal_id AS "principalId", action, operation, entity, entity_id AS "entityId",
  severity, before::text, after::text, metadata::text, prev_hash AS "prevHash", hash`;

/** Not audited on purpose: the audit itself, what is derived from rows that are, and how far such work has come. */
export const UNAUDITED = [
  ...['audit_log', 'audit_heads', 'outbox', 'outbox_deliveries', 'content_search', 'content_vectors', 'sagas'],
  ...['tenant_usage', 'content_storage', 'tenant_metrics', 'offloaded_pieces', 'offloaded_vectors'],
  ...['memory_rollups', 'performance_metrics'],
  // Where a tenant lives follows from its tier, which is audited; a move has a receipt of its own.
  ...['placements', 'tenant_moves'],
] as const;
export const SILENT = `
  SELECT c.relname AS name FROM pg_class c
  WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND (c.relname IN ('tenants', 'users') OR EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('tenant_id', 'user_id') AND NOT a.attisdropped))
    AND c.relname NOT IN (${UNAUDITED.map((name) => `'${name}'`).join(', ')})
    AND NOT EXISTS (
      SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = c.oid AND p.proname = 'audit_change' AND t.tgenabled IN ('O', 'A') AND t.tgtype & 29 = 29)`;
