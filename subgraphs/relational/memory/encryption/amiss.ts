import { fragment, type TenantPostgres } from '#stores/postgres/index';

/** Which rows are looked at: those of one execution context, or of all. */
export type Within = ReturnType<typeof within>;

export function within(contextId: string | undefined) {
  return contextId === undefined ? fragment`true` : fragment`e.id = ${contextId}::uuid`;
}

/**
 * Rows that are not as their context (`e`) says, as conditions: in clear though it
 * is encrypted, encrypted though it is not, or with a former key. From these
 * conditions alone the work goes on, so it can be broken off anywhere.
 */
export const AMISS = {
  memories: fragment`CASE WHEN e.encryption_enabled THEN m.content_cipher IS NULL
      OR sealed_version(m.content_cipher) < k.newest
      OR (m.words <> '' AND NOT 'WORDS' = ANY (e.searchable_when_encrypted))
      OR (m.embedding IS NOT NULL AND NOT 'EMBEDDING' = ANY (e.searchable_when_encrypted))
    ELSE m.content IS NULL END`,
  hashes: fragment`CASE WHEN e.encryption_enabled THEN o.text_hash IS NOT NULL OR sealed_version(o.text_hash_cipher) < k.newest
    ELSE o.text_hash_cipher IS NOT NULL END`,
  pieces: fragment`CASE WHEN e.encryption_enabled THEN p.compressed IS NOT NULL OR sealed_version(p.compressed_cipher) < k.newest
    ELSE p.compressed IS NULL END`,
  vectors: fragment`e.encryption_enabled AND NOT 'EMBEDDING' = ANY (e.searchable_when_encrypted)`,
} as const;

/** What each condition is asked of. */
export const ROWS_OF = {
  memories: fragment`memories m JOIN execution_contexts e ON e.tenant_id = m.tenant_id AND e.id = m.context_id`,
  hashes: fragment`offloaded_contexts o JOIN execution_contexts e ON e.tenant_id = o.tenant_id AND e.id = o.context_id`,
  pieces: fragment`offloaded_pieces p JOIN offloaded_contexts o ON o.tenant_id = p.tenant_id AND o.id = p.offloaded_id
    JOIN execution_contexts e ON e.tenant_id = o.tenant_id AND e.id = o.context_id`,
  vectors: fragment`offloaded_vectors v JOIN offloaded_contexts o ON o.tenant_id = v.tenant_id AND o.id = v.offloaded_id
    JOIN execution_contexts e ON e.tenant_id = o.tenant_id AND e.id = o.context_id`,
} as const;

/** The version of the newest data key as `k.newest`; 0 where there is none. */
export const NEWEST_KEY = fragment`(SELECT coalesce(max(version), 0) AS newest FROM data_keys) AS k`;

export async function countAmiss({ sql }: TenantPostgres, where: Within): Promise<{ left: number; newest: number }> {
  const [row] = await sql<{ left: number; newest: number }>`
    SELECT k.newest, (
      (SELECT count(*) FROM ${ROWS_OF.memories} WHERE ${where} AND ${AMISS.memories})
      + (SELECT count(*) FROM ${ROWS_OF.hashes} WHERE ${where} AND ${AMISS.hashes})
      + (SELECT count(*) FROM ${ROWS_OF.pieces} WHERE ${where} AND ${AMISS.pieces})
      + (SELECT count(*) FROM ${ROWS_OF.vectors} WHERE ${where} AND ${AMISS.vectors}))::int AS left
    FROM ${NEWEST_KEY}`;
  if (!row) throw new Error('PostgreSQL answered a count with nothing.');
  return row;
}
