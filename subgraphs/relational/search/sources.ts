import type { TenantNeo4j } from '#stores/neo4j/index';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import type { FilterFragment } from './filter.ts';
import type { Hit } from './fuse.ts';

/** Documents that a source brings at most. */
export const CANDIDATES = 100;

/** Full text over title, summary and body. */
export function findByText({ sql }: TenantPostgres, words: string, filter: FilterFragment): Promise<Hit[]> {
  return sql<Hit>`
    SELECT c.id::text, ts_rank_cd(s.document, query, 1)::float8 AS score
    FROM websearch_to_tsquery('english', ${words}) AS query, content_search s
    JOIN contents c ON c.tenant_id = s.tenant_id AND c.id = s.content_id
    WHERE s.document @@ query AND c.deleted_at IS NULL ${filter}
    ORDER BY score DESC, c.id LIMIT ${CANDIDATES}`;
}

/** Titles that look like the text, for what was misspelled. */
export function findByTrigrams({ sql }: TenantPostgres, words: string, filter: FilterFragment): Promise<Hit[]> {
  return sql<Hit>`
    SELECT * FROM (
      SELECT c.id::text, greatest(
        public.word_similarity(lower(${words}), lower(c.title)), public.similarity(lower(${words}), lower(c.title))
      )::float8 AS score
      FROM contents c WHERE c.deleted_at IS NULL ${filter}
    ) AS alike
    WHERE score >= ${LEAST_LIKENESS}::float8
    ORDER BY score DESC, id LIMIT ${CANDIDATES}`;
}

/** What is near to a vector of the same embedder, by cosine. */
export function findByVector(
  { sql }: TenantPostgres,
  { embedding, embedder, besides }: { embedding: readonly number[]; embedder: string; besides: string | undefined },
  filter: FilterFragment,
): Promise<Hit[]> {
  const others = besides === undefined ? fragment`` : fragment`AND c.id <> ${besides}::uuid`;
  return sql<Hit>`
    SELECT c.id::text, (1 - (v.embedding <=> ${`[${embedding.join()}]`}::public.vector))::float8 AS score
    FROM content_vectors v JOIN contents c ON c.tenant_id = v.tenant_id AND c.id = v.content_id
    WHERE v.embedder = ${embedder} AND c.deleted_at IS NULL ${others} ${filter}
    ORDER BY score DESC, c.id LIMIT ${CANDIDATES}`;
}

/** The vector of a document; undefined where it has none yet. */
export async function vectorOf({ sql }: TenantPostgres, id: string, embedder: string): Promise<number[] | undefined> {
  const [row] = await sql<{ embedding: string }>`
    SELECT v.embedding::text AS embedding FROM content_vectors v
    WHERE v.content_id = ${id}::uuid AND v.embedder = ${embedder}`;
  return row && (JSON.parse(row.embedding) as number[]);
}

/** Documents that share topics and keywords with the seeds, by the cosine that `similar` uses, seeds weighing what they weigh. */
export function findByGraph(
  neo4j: TenantNeo4j,
  seeds: readonly { readonly id: string; readonly weight: number }[],
): Promise<Hit[]> {
  return neo4j.read<{ id: string; score: number }>(NEIGHBOURS, { seeds: [...seeds], limit: CANDIDATES });
}

const LEAST_LIKENESS = 0.4;

/** A seed is near to itself: what the words found and the graph confirms stays in front. */
const NEIGHBOURS = `
UNWIND $seeds AS seed
MATCH (c:Content {tenantId: $tenantId, id: seed.id})
WHERE c.deleted = false AND c.norm > 0
CALL (c) {
  MATCH (c)-[a:HAS_TOPIC]->(t {tenantId: $tenantId})<-[b:HAS_TOPIC]-(o {tenantId: $tenantId})
  WHERE o.deleted = false
  RETURN o, a.relevance * b.relevance AS part
  UNION ALL
  MATCH (c)-[a:HAS_KEYWORD]->(k {tenantId: $tenantId})<-[b:HAS_KEYWORD]-(o {tenantId: $tenantId})
  WHERE o.deleted = false
  RETURN o, a.weight * b.weight AS part
  UNION ALL
  RETURN c AS o, c.norm * c.norm AS part
}
WITH o, sum(seed.weight * part / (c.norm * o.norm)) AS score
WHERE score > 0
RETURN o.id AS id, round(score, 6) AS score
ORDER BY score DESC, id LIMIT toInteger($limit)`;
