/** Which audiences the documents of a tenant are written for, as statements. */

/** How many documents each audience is meant by, and their share of all. */
export const REACH = `
WITH COUNT { MATCH (every:Content {tenantId: $tenantId}) WHERE every.deleted = false } AS total
UNWIND $ids AS id
MATCH (a:Audience {tenantId: $tenantId, id: id})
CALL (a) {
  MATCH (a)<-[r:TARGETS]-(c {tenantId: $tenantId})
  WHERE c.deleted = false
  RETURN count(c) AS contents, avg(r.fit) AS fit
}
RETURN id, {id: id, contents: contents, fit: round(coalesce(fit, 0.0), 6),
  share: CASE WHEN total = 0 THEN 0.0 ELSE round(toFloat(contents) / total, 6) END} AS value`;

/** Topics of an audience's documents, and how many of all documents about the topic are meant for it. */
export const REACH_BY_TOPIC = `
UNWIND $ids AS id
MATCH (a:Audience {tenantId: $tenantId, id: id})
CALL (a) {
  MATCH (a)<-[:TARGETS]-(c {tenantId: $tenantId})-[:HAS_TOPIC]->(t {tenantId: $tenantId})
  WHERE c.deleted = false
  WITH t, count(c) AS contents
  ORDER BY contents DESC, t.name, t.id
  LIMIT toInteger($first)
  CALL (t) {
    MATCH (t)<-[:HAS_TOPIC]-(o {tenantId: $tenantId})
    WHERE o.deleted = false
    RETURN count(o) AS known
  }
  WITH t, contents, round(toFloat(contents) / known, 6) AS share
  ORDER BY contents DESC, t.name, t.id
  RETURN collect({id: t.id, contents: contents, share: share}) AS topics
}
RETURN id, topics AS value`;
