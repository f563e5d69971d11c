import pg from 'pg';
import type { Neo4j } from '#stores/neo4j/index';
import type { TenantPostgres } from '#stores/postgres/index';

/** Fills a tenant up with documents of random words and vectors, past the product: what is measured is reading them. */
export async function growTo(url: string, tenantId: string, documents: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select set_config('app.tenant', $1, false)`, [tenantId]);
    // Triggers would audit and count each row, which is not what is measured.
    await client.query('set session_replication_role = replica');
    await client.query(GROW, [tenantId, documents]);
    await client.query('analyze contents, content_search, content_vectors');
  } finally {
    await client.end();
  }
}

/** Puts the grown documents into the graph, each with three topics and five keywords of those that are there. */
export async function growGraph(neo4j: Neo4j, { sql }: TenantPostgres, tenantId: string): Promise<void> {
  const rows = await sql<{ id: string; title: string }>`
    SELECT id::text, title FROM contents WHERE slug LIKE 'grown-%' ORDER BY id`;
  const system = neo4j.dangerouslyAsSystem('filling the graph of a bench');
  for (let start = 0; start < rows.length; start += AT_ONCE) {
    await system.run(GROW_GRAPH, { tenantId, rows: rows.slice(start, start + AT_ONCE) });
  }
}

const AT_ONCE = 2_000;

/** Squaring what is drawn makes some ideas common and most rare, as they are among real documents. */
const GROW_GRAPH = `
MATCH (t:Topic {tenantId: $tenantId})
WITH collect(t) AS topics
MATCH (k:Keyword {tenantId: $tenantId})
WITH topics, collect(k) AS keywords
UNWIND $rows AS row
CREATE (c:Content {tenantId: $tenantId, id: row.id, title: row.title, revision: 1, deleted: false})
WITH c, topics, keywords
CALL (c, topics) {
  UNWIND range(1, 3) AS n
  WITH DISTINCT c, topics[toInteger(size(topics) * rand() * rand())] AS topic
  CREATE (c)-[:HAS_TOPIC {relevance: 0.5}]->(topic)
  RETURN count(*) AS linked
}
CALL (c, keywords) {
  UNWIND range(1, 5) AS n
  WITH DISTINCT c, keywords[toInteger(size(keywords) * rand() * rand())] AS keyword
  CREATE (c)-[:HAS_KEYWORD {weight: 1.0}]->(keyword)
  RETURN count(*) AS carried
}
SET c.norm = sqrt(linked * 0.25 + carried)`;

const GROW = `
with words as materialized (
  select array_agg(word) as all from (
    select word from ts_stat($$select document from content_search$$) order by ndoc desc limit 3000
  ) frequent
), fresh as (
  insert into contents (tenant_id, id, slug, title, status, published_at)
  select $1::uuid, gen_random_uuid(), 'grown-' || n, 'Grown ' || n, 'PUBLISHED', now()
  from generate_series(1, $2::int - (select count(*)::int from contents where tenant_id = $1::uuid)) n
  returning id, title
), texts as (
  insert into content_search (tenant_id, content_id, revision, title, body)
  select $1::uuid, id, 1, title, (
    select string_agg(w.all[1 + floor(random() * 3000 * random())::int], ' ')
    from words w, generate_series(1, 120) k where title is not null
  ) from fresh
)
insert into content_vectors (tenant_id, content_id, revision, embedder, embedding)
select $1::uuid, id, 1, 'lexical-hashing-1', (
  select array_agg(random() - 0.5) from generate_series(1, 384) k where title is not null
)::real[]::public.vector from fresh`;
