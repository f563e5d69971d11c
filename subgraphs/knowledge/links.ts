import type { TenantNeo4j } from '#stores/neo4j/index';
import { WITH_NORM } from '#stores/neo4j/norm';
import { checkFraction, checkList, checkName, noDocument } from './input.ts';
import type { CoverTopicsPayloadModel, LinkTopicPayloadModel, UnlinkTopicPayloadModel } from './models.ts';

/**
 * Links made by hand. Both ends are found or made with the tenant's id, so no
 * relationship can cross tenants; a document of another tenant is not found,
 * like one that never existed.
 */
export async function linkTopic(
  neo4j: TenantNeo4j,
  contentId: string,
  name: string,
  relevance: number,
): Promise<LinkTopicPayloadModel> {
  const topic = checkName(neo4j.tenantId, 'Topic', 'topic.name', name);
  checkFraction('topic.relevance', relevance);
  const [linked] = await neo4j.write<{ contentId: string; topicId: string; relevance: number }>(LINK, {
    contentId,
    topic,
    relevance,
  });
  return linked ?? noDocument();
}

export async function unlinkTopic(
  neo4j: TenantNeo4j,
  contentId: string,
  topicId: string,
): Promise<UnlinkTopicPayloadModel> {
  const [unlinked] = await neo4j.write<{ contentId: string; unlinked: boolean }>(UNLINK, { contentId, topicId });
  return unlinked ?? noDocument();
}

export async function coverTopics(
  neo4j: TenantNeo4j,
  competitor: string,
  topics: readonly string[],
  coverage = 1,
): Promise<CoverTopicsPayloadModel> {
  checkFraction('coverage', coverage);
  const node = checkName(neo4j.tenantId, 'Competitor', 'competitor', competitor);
  const covered = checkList('topics', topics, MOST_TOPICS).map((name) =>
    checkName(neo4j.tenantId, 'Topic', 'topics', name),
  );
  await neo4j.write(COVER, { competitor: node, topics: covered, coverage });
  return { competitorId: node.id };
}

const MOST_TOPICS = 50;

/**
 * `linked` keeps a link that a person made when the document itself is projected again; `unlinkedTopics` remembers those
 * a person took away, so that reconciling does not take them for lost.
 */
const LINK = `
MATCH (c:Content {tenantId: $tenantId, id: $contentId})
WHERE c.deleted = false
MERGE (t:Topic {tenantId: $tenantId, id: $topic.id})
ON CREATE SET t.name = $topic.name, t.slug = $topic.slug
MERGE (c)-[r:HAS_TOPIC]->(t)
SET r.relevance = $relevance, r.linked = true,
    c.unlinkedTopics = [known IN coalesce(c.unlinkedTopics, []) WHERE known <> $topic.id]
WITH c, t, r
${WITH_NORM}
RETURN c.id AS contentId, t.id AS topicId, r.relevance AS relevance`;

const UNLINK = `
MATCH (c:Content {tenantId: $tenantId, id: $contentId})
WHERE c.deleted = false
CALL (c) {
  MATCH (c)-[r:HAS_TOPIC]->(t:Topic {tenantId: $tenantId, id: $topicId})
  DELETE r
  RETURN count(*) AS removed
}
SET c.unlinkedTopics = CASE WHEN removed > 0 THEN coalesce(c.unlinkedTopics, []) + $topicId ELSE c.unlinkedTopics END
WITH c, removed
${WITH_NORM}
RETURN c.id AS contentId, removed > 0 AS unlinked`;

const COVER = `
MERGE (k:Competitor {tenantId: $tenantId, id: $competitor.id})
ON CREATE SET k.name = $competitor.name
WITH k
UNWIND $topics AS topic
MERGE (t:Topic {tenantId: $tenantId, id: topic.id})
ON CREATE SET t.name = topic.name, t.slug = topic.slug
MERGE (k)-[r:COVERS]->(t)
SET r.coverage = $coverage`;
