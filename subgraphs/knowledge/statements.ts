/**
 * What @neo4j/graphql cannot say, or could only say with unscoped filters.
 * Each passes the guard of stores/neo4j before it is sent.
 *
 * Only the node that a statement starts from has a label. The type of a
 * relationship says what is at its other end, and a label there would let the
 * planner read all nodes of the tenant from an index instead of following the
 * few relationships (184,000 database hits for ten documents, measured).
 */

/** Other documents `o` that share a topic or keyword with `c`, and what each adds to the product of the two vectors. */
const SHARED = `
  CALL (c) {
    MATCH (c)-[a:HAS_TOPIC]->(t {tenantId: $tenantId})<-[b:HAS_TOPIC]-(o {tenantId: $tenantId})
    WHERE o.deleted = false AND o.id <> c.id
    RETURN o, a.relevance * b.relevance AS part, 1 AS topic, 0 AS keyword
    UNION ALL
    MATCH (c)-[a:HAS_KEYWORD]->(k {tenantId: $tenantId})<-[b:HAS_KEYWORD]-(o {tenantId: $tenantId})
    WHERE o.deleted = false AND o.id <> c.id
    RETURN o, a.weight * b.weight AS part, 0 AS topic, 1 AS keyword
  }`;

/** What a name that fits is worth: as much as a document that is half the same. */
const NAMED_ALIKE = 0.5;

/** Cosine over weighted topics and keywords; `norm` is kept on the node by whatever changes them. */
export const SIMILAR = `
UNWIND $ids AS id
MATCH (c:Content {tenantId: $tenantId, id: id})
WHERE c.deleted = false
CALL (c) {${SHARED}
  WITH c, o, sum(part) AS overlap, sum(topic) AS sharedTopics, sum(keyword) AS sharedKeywords
  WHERE overlap > 0
  WITH o, sharedTopics, sharedKeywords, round(overlap / (c.norm * o.norm), 6) AS score
  WHERE score >= $threshold
  ORDER BY score DESC, o.title, o.id
  LIMIT toInteger($first)
  RETURN collect({id: o.id, score: score, sharedTopics: sharedTopics, sharedKeywords: sharedKeywords}) AS similar
}
RETURN id, similar AS value`;

/** What each pair of documents shares, and how much of their score it is. */
export const REASONS = `
UNWIND $pairs AS pair
MATCH (c:Content {tenantId: $tenantId, id: pair.of}), (o:Content {tenantId: $tenantId, id: pair.id})
WHERE c.deleted = false AND o.deleted = false
CALL (c, o) {
  CALL (c, o) {
    MATCH (c)-[a:HAS_TOPIC]->(x {tenantId: $tenantId})<-[b:HAS_TOPIC]-(o)
    RETURN x, 'Topic' AS kind, a.relevance * b.relevance AS part
    UNION ALL
    MATCH (c)-[a:HAS_KEYWORD]->(x {tenantId: $tenantId})<-[b:HAS_KEYWORD]-(o)
    RETURN x, 'Keyword' AS kind, a.weight * b.weight AS part
  }
  WITH x, kind, round(part / (c.norm * o.norm), 6) AS share
  WHERE share > 0
  ORDER BY share DESC, kind DESC, x.name, x.id
  LIMIT toInteger($first)
  RETURN collect({kind: kind, id: x.id, name: x.name, share: share}) AS reasons
}
RETURN pair.of AS origin, pair.id AS id, reasons AS value`;

/**
 * Topics that a document lacks, from two sides: what its most similar documents are about, and topics that are named like
 * one of its own keywords or concepts. Each reason says what it adds to the score.
 */
export const SUGGESTED_TOPICS = `
UNWIND $ids AS id
MATCH (c:Content {tenantId: $tenantId, id: id})
WHERE c.deleted = false
CALL (c) {
  CALL (c) {
    CALL (c) {${SHARED}
      WITH c, o, sum(part) AS overlap
      WHERE overlap > 0
      RETURN o, overlap / (c.norm * o.norm) AS similarity
      ORDER BY similarity DESC, o.title, o.id
      LIMIT 25
    }
    MATCH (o)-[r:HAS_TOPIC]->(t {tenantId: $tenantId})
    RETURN t, similarity * r.relevance AS part, o AS giver, 'Content' AS kind, similarity
    UNION ALL
    MATCH (c)-[r:HAS_KEYWORD]->(k {tenantId: $tenantId})
    MATCH (t:Topic {tenantId: $tenantId, slug: k.slug})
    RETURN t, ${NAMED_ALIKE} * r.weight AS part, k AS giver, 'Keyword' AS kind, null AS similarity
    UNION ALL
    MATCH (c)-[r:MENTIONS]->(k {tenantId: $tenantId})
    MATCH (t:Topic {tenantId: $tenantId, slug: k.slug})
    RETURN t, ${NAMED_ALIKE} * r.salience AS part, k AS giver, 'Concept' AS kind, null AS similarity
  }
  WITH c, t, part, giver, kind, similarity
  WHERE NOT EXISTS { MATCH (c)-[:HAS_TOPIC]->(t) }
  WITH t, part, giver, kind, similarity
  ORDER BY part DESC, kind DESC, coalesce(giver.name, giver.title), giver.id
  WITH t, round(sum(part), 6) AS score, count(similarity) AS contents,
    collect({kind: kind, id: giver.id, share: round(part, 6), similarity: round(similarity, 6)}) AS reasons
  WHERE score > 0
  ORDER BY score DESC, t.name, t.id
  LIMIT toInteger($first)
  RETURN collect({id: t.id, score: score, contents: contents, reasons: reasons}) AS suggested
}
RETURN id, suggested AS value`;

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
