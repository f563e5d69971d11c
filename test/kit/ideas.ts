import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { type NamedLabel, namedNode } from '#stores/neo4j/ids';
import { openNeo4j } from '#stores/neo4j/index';
import { TEST_SECRETS } from './secrets.ts';
import type { TestTenant } from './tenants.ts';

/**
 * Concepts, audiences, competitors and dependencies between documents, written past
 * the product as it would write them, so that a test sees every kind of node and relation.
 * @returns their ids
 */
export async function createIdeas(
  { id, canary, environment }: TestTenant,
  contentIds: readonly string[],
): Promise<readonly string[]> {
  const settings = readSettings({ ...environment, POLYGRAPH_SECRETS: TEST_SECRETS.join(',') });
  const { NEO4J_URL: url, NEO4J_USER: user, NEO4J_PASSWORD: password } = settings;
  const neo4j = openNeo4j({ url, user, password, timeoutMs: 20_000, log: createLogger({ level: 'silent' }) });
  try {
    const system = neo4j.dangerouslyAsSystem('a test writes what no mutation makes yet');
    const idea = (label: NamedLabel) => namedNode(id, label, `${canary} ${label.toLowerCase()}`);
    const ideas = { concept: idea('Concept'), audience: idea('Audience'), competitor: idea('Competitor') };
    await system.run(IDEAS, { tenant: id, contentIds, ...ideas });
    return Object.values(ideas).map((one) => one.id);
  } finally {
    await neo4j.close();
  }
}

const IDEAS = `
  CREATE (concept:Concept {tenantId: $tenant}) SET concept += $concept
  CREATE (audience:Audience {tenantId: $tenant}) SET audience += $audience
  CREATE (competitor:Competitor {tenantId: $tenant}) SET competitor += $competitor
  WITH *
  MATCH (first:Content {tenantId: $tenant, id: $contentIds[0]}), (second:Content {tenantId: $tenant, id: $contentIds[1]})
  CREATE (first)-[:DEPENDS_ON]->(second)
  CREATE (second)-[:DEPENDS_ON]->(first)
  WITH *
  MATCH (topic:Topic {tenantId: $tenant}) CREATE (competitor)-[:COVERS {coverage: 0.5}]->(topic)
  WITH DISTINCT concept, audience
  MATCH (content:Content {tenantId: $tenant})
  CREATE (content)-[:MENTIONS {salience: 0.5}]->(concept)
  CREATE (content)-[:TARGETS {fit: 0.5}]->(audience)`;
