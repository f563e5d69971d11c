/**
 * Cypher that keeps `c.norm`, the length of a document's vector of topics and
 * keywords, in step with them. It goes after whatever changes the relationships
 * of a bound `c`.
 */
export const WITH_NORM = `CALL (c) {
  OPTIONAL MATCH (c)-[w:HAS_TOPIC]->(x {tenantId: $tenantId})
  RETURN sum(w.relevance * w.relevance) AS topicSquares
}
CALL (c) {
  OPTIONAL MATCH (c)-[w:HAS_KEYWORD]->(x {tenantId: $tenantId})
  RETURN sum(w.weight * w.weight) AS keywordSquares
}
SET c.norm = sqrt(topicSquares + keywordSquares)`;
