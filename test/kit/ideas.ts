import { randomUUID } from 'node:crypto';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { openNeo4j } from '#stores/neo4j/index';
import { TEST_SECRETS } from './secrets.ts';
import type { TestTenant } from './tenants.ts';

/**
 * Concepts, audiences, competitors and dependencies, which no mutation makes yet:
 * written past the product, so that a test sees every kind of node and relation.
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
    const ids = { concept: randomUUID(), audience: randomUUID(), competitor: randomUUID() };
    await system.run(IDEAS, { tenant: id, canary, contentIds, ...ids });
    return Object.values(ids);
  } finally {
    await neo4j.close();
  }
}

const IDEAS = `
  CREATE (concept:Concept {tenantId: $tenant, id: $concept, name: $canary + ' concept'})
  CREATE (audience:Audience {tenantId: $tenant, id: $audience, name: $canary + ' audience'})
  CREATE (competitor:Competitor {tenantId: $tenant, id: $competitor, name: $canary + ' competitor'})
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
