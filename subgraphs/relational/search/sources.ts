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

/**
 * Titles with words that look like the text, for what was misspelled. The operator lets the index choose them, by the
 * likeness that connections are opened with (see scans.ts); an extent of a title is at least as like as the whole of it.
 */
export function findByTrigrams({ sql }: TenantPostgres, words: string, filter: FilterFragment): Promise<Hit[]> {
  return sql<Hit>`
    SELECT c.id::text, public.word_similarity(${words}, c.title)::float8 AS score FROM contents c
    WHERE c.title OPERATOR(public.%>) ${words} AND c.deleted_at IS NULL ${filter}
    ORDER BY score DESC, c.id LIMIT ${CANDIDATES}`;
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

/** Documents that share topics and keywords with the seeds, seeds weighing what they weigh and rare ideas more than common ones. */
export function findByGraph(
  neo4j: TenantNeo4j,
  seeds: readonly { readonly id: string; readonly weight: number }[],
): Promise<Hit[]> {
  return neo4j.read<{ id: string; score: number }>(NEIGHBOURS, { seeds: [...seeds], limit: CANDIDATES });
}

/** Topics and keywords of all seeds together that are looked at, those that weigh most. */
const MOST_IDEAS = 40;
/** Documents that bear an idea which tells anything of them. */
const MOST_BEARERS = 1_000;
/** Documents looked at in all. */
const MOST_NEIGHBOURS = 3_000;

/**
 * An idea that several seeds share is followed once, with what it weighs in all of them. Those that tell most come first,
 * each with all of its documents or not at all, until as many were looked at as one search may: what that costs does not
 * grow with the tenant.
 */
const NEIGHBOURS = `
UNWIND $seeds AS seed
MATCH (c:Content {tenantId: $tenantId, id: seed.id})-[a:HAS_TOPIC|HAS_KEYWORD]->(idea {tenantId: $tenantId})
WHERE c.deleted = false AND c.norm > 0
WITH idea, sum(seed.weight * coalesce(a.relevance, a.weight) / c.norm) AS carried
ORDER BY carried DESC, idea.id LIMIT ${MOST_IDEAS}
CALL (idea) {
  MATCH (idea)<-[:HAS_TOPIC|HAS_KEYWORD]-(o {tenantId: $tenantId})
  WITH o LIMIT ${MOST_BEARERS + 1}
  RETURN count(o) AS bearers
}
WITH idea, bearers, carried / log(2 + bearers) AS weight
WHERE bearers <= ${MOST_BEARERS}
ORDER BY weight DESC, idea.id
WITH reduce(
  taken = {ideas: [], bearers: 0},
  one IN collect({idea: idea, weight: weight, bearers: bearers}) |
  CASE WHEN taken.bearers + one.bearers > ${MOST_NEIGHBOURS} THEN taken
    ELSE {ideas: taken.ideas + one, bearers: taken.bearers + one.bearers} END
).ideas AS ideas
UNWIND ideas AS one
WITH one.idea AS idea, one.weight AS weight
MATCH (idea)<-[b:HAS_TOPIC|HAS_KEYWORD]-(o {tenantId: $tenantId})
WHERE o.deleted = false
WITH o, sum(weight * coalesce(b.relevance, b.weight) / o.norm) AS score
WHERE score > 0
RETURN o.id AS id, round(score, 6) AS score
ORDER BY score DESC, id LIMIT toInteger($limit)`;
