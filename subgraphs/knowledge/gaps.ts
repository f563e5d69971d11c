/**
 * Topics that competitors cover and no document of ours is about, as statements. How near a topic is to what we have
 * says how easily we could write about it; the ratings of a keyword of its name say whether that is worth while.
 */

/** Of a topic `t`: documents with an idea that is named like it or like a word of its name, or a topic next to it. */
const NEARNESS = `
  CALL (t) {
    UNWIND split(t.slug, '-') + [t.slug] AS name
    WITH DISTINCT t, name
    WHERE size(name) > 2
    CALL (t, name) {
      MATCH (x:Topic {tenantId: $tenantId, slug: name})<-[:HAS_TOPIC]-(d {tenantId: $tenantId})
      WHERE d.deleted = false
      RETURN d
      UNION
      MATCH (x:Keyword {tenantId: $tenantId, slug: name})<-[:HAS_KEYWORD]-(d {tenantId: $tenantId})
      WHERE d.deleted = false
      RETURN d
      UNION
      MATCH (x:Concept {tenantId: $tenantId, slug: name})<-[:MENTIONS]-(d {tenantId: $tenantId})
      WHERE d.deleted = false
      RETURN d
      UNION
      MATCH (t)-[:CHILD_OF]-(x {tenantId: $tenantId})<-[:HAS_TOPIC]-(d {tenantId: $tenantId})
      WHERE d.deleted = false
      RETURN d
    }
    RETURN count(DISTINCT d) AS nearContents
  }
  CALL (t) {
    MATCH (t)<-[c:COVERS]-(rival {tenantId: $tenantId})
    WITH rival, c.coverage AS coverage
    ORDER BY coverage DESC, rival.name, rival.id
    RETURN count(rival) AS competitors, max(coverage) AS coverage, collect(rival.id) AS rivals
  }
  CALL (t) {
    OPTIONAL MATCH (k:Keyword {tenantId: $tenantId, slug: t.slug})
    RETURN max(k.volume) AS volume, max(k.difficulty) AS difficulty
  }`;

const BEST = `
  ORDER BY nearContents DESC, coalesce(volume, 0) DESC, competitors DESC, coverage DESC, t.name, t.id
  LIMIT toInteger($first)
  RETURN collect({id: t.id, nearContents: nearContents, competitors: competitors, coverage: coverage, rivals: rivals,
    volume: volume, difficulty: difficulty}) AS gaps`;

const NOT_OURS = 'NOT EXISTS { MATCH (t)<-[:HAS_TOPIC]-(own {tenantId: $tenantId}) WHERE own.deleted = false }';

/** Of each competitor. A word of two letters is near to everything. */
export const GAPS = `
UNWIND $ids AS id
MATCH (k:Competitor {tenantId: $tenantId, id: id})
CALL (k) {
  MATCH (k)-[:COVERS]->(t {tenantId: $tenantId})
  WHERE ${NOT_OURS}
  ${NEARNESS}
  WITH t, nearContents, competitors, coverage, rivals, volume, difficulty
  ${BEST}
}
RETURN id, gaps AS value`;

/** Of all competitors together. */
export const ALL_GAPS = `
CALL () {
  MATCH (k:Competitor {tenantId: $tenantId})-[:COVERS]->(t {tenantId: $tenantId})
  WITH DISTINCT t
  WHERE ${NOT_OURS}
  ${NEARNESS}
  WITH t, nearContents, competitors, coverage, rivals, volume, difficulty
  ${BEST}
}
RETURN gaps`;
