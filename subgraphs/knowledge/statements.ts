/**
 * What @neo4j/graphql cannot say, or could only say with unscoped filters.
 * Each passes the guard of stores/neo4j before it is sent.
 *
 * Only the node that a statement starts from has a label. The type of a
 * relationship says what is at its other end, and a label there would let the
 * planner read all nodes of the tenant from an index instead of following the
 * few relationships (184,000 database hits for ten documents, measured).
 */

/** Cosine over weighted topics and keywords; `norm` is kept on the node by whatever changes them. */
export const SIMILAR = `
UNWIND $ids AS id
MATCH (c:Content {tenantId: $tenantId, id: id})
WHERE c.deleted = false
CALL (c) {
  CALL (c) {
    MATCH (c)-[a:HAS_TOPIC]->(t {tenantId: $tenantId})<-[b:HAS_TOPIC]-(o {tenantId: $tenantId})
    WHERE o.deleted = false AND o.id <> c.id
    RETURN o, a.relevance * b.relevance AS part, 1 AS topic, 0 AS keyword
    UNION ALL
    MATCH (c)-[a:HAS_KEYWORD]->(k {tenantId: $tenantId})<-[b:HAS_KEYWORD]-(o {tenantId: $tenantId})
    WHERE o.deleted = false AND o.id <> c.id
    RETURN o, a.weight * b.weight AS part, 0 AS topic, 1 AS keyword
  }
  WITH c, o, sum(part) AS overlap, sum(topic) AS sharedTopics, sum(keyword) AS sharedKeywords
  WHERE overlap > 0
  WITH o, sharedTopics, sharedKeywords, round(overlap / (c.norm * o.norm), 6) AS score
  WHERE score >= $threshold
  ORDER BY score DESC, o.title, o.id
  LIMIT toInteger($first)
  RETURN collect({id: o.id, score: score, sharedTopics: sharedTopics, sharedKeywords: sharedKeywords}) AS similar
}
RETURN id, similar AS value`;

export const RELATED = `
UNWIND $ids AS id
MATCH (t:Topic {tenantId: $tenantId, id: id})
CALL (t) {
  MATCH (t)<-[:HAS_TOPIC]-(c {tenantId: $tenantId})-[:HAS_TOPIC]->(o {tenantId: $tenantId})
  WHERE c.deleted = false
  WITH o, count(c) AS sharedContents
  ORDER BY sharedContents DESC, o.name, o.id
  LIMIT toInteger($first)
  RETURN collect({id: o.id, sharedContents: sharedContents}) AS related
}
RETURN id, related AS value`;

export const CONTENTS_OF_TOPICS = `
UNWIND $ids AS id
MATCH (t:Topic {tenantId: $tenantId, id: id})<-[:HAS_TOPIC]-(c {tenantId: $tenantId})
WHERE c.deleted = false
RETURN id, count(c) AS value`;

export const CONTENTS_OF_KEYWORDS = `
UNWIND $ids AS id
MATCH (k:Keyword {tenantId: $tenantId, id: id})<-[:HAS_KEYWORD]-(c {tenantId: $tenantId})
WHERE c.deleted = false
RETURN id, count(c) AS value`;

export const TOTALS = `
RETURN COUNT { MATCH (t:Topic {tenantId: $tenantId}) } AS topics,
       COUNT { MATCH (k:Keyword {tenantId: $tenantId}) } AS keywords`;

export const TOPIC_BY_SLUG = `
MATCH (t:Topic {tenantId: $tenantId, slug: $slug})
RETURN t.id AS id ORDER BY t.name LIMIT 1`;
