import { type NamedLabel, type NamedNode, namedNode } from '#stores/neo4j/ids';
import type { TenantNeo4j } from '#stores/neo4j/index';
import { WITH_NORM } from '#stores/neo4j/norm';
import type { Projection } from './projection.ts';

/** Of an outbox event, what the graph keeps. `concepts` and `audiences` come from importers that know them. */
export type GraphEvent =
  | { readonly kind: 'content.saved'; readonly payload: GraphContent }
  | { readonly kind: 'content.deleted'; readonly payload: Pick<GraphContent, 'contentId' | 'revision'> };

/** Lists replace what the graph has; where one is absent, the graph keeps its own. */
export interface GraphContent {
  readonly contentId: string;
  /** Grows by one with every change. What is not newer than the graph changes nothing. */
  readonly revision: number;
  readonly title: string;
  readonly slug: string;
  readonly status: string;
  /** `relevance` 0 to 1. */
  readonly topics?: readonly { readonly name: string; readonly relevance: number }[] | undefined;
  readonly keywords?: readonly string[] | undefined;
  readonly concepts?: readonly string[] | undefined;
  readonly audiences?: readonly string[] | undefined;
  /** Slugs of documents of the tenant, which may come later or never. */
  readonly dependencies?: readonly string[] | undefined;
}

/** Keeps nodes and their relations in Neo4j. */
export function createGraphProjection({ batchSize = 25 }: { batchSize?: number } = {}): Projection {
  return {
    target: 'GRAPH',
    batchSize,
    project: ({ stores }, events) => projectGraphBatch(stores.neo4j, events),
  };
}

export function projectGraph(neo4j: TenantNeo4j, event: GraphEvent): Promise<void> {
  return projectGraphBatch(neo4j, [event]);
}

/** The same in one transaction for each `ROWS` documents, whatever the order of the events. */
export async function projectGraphBatch(neo4j: TenantNeo4j, events: readonly GraphEvent[]): Promise<void> {
  for (const batch of rounds(events)) {
    const saved = batch.flatMap((event) =>
      event.kind === 'content.saved' ? [rowOf(neo4j.tenantId, event.payload)] : [],
    );
    const deleted = batch.flatMap((event) => (event.kind === 'content.deleted' ? [event.payload] : []));
    for (let at = 0; at < saved.length; at += ROWS) await neo4j.write(SAVE, { rows: saved.slice(at, at + ROWS) });
    if (deleted.length > 0) {
      await neo4j.write(DELETE, { rows: deleted.map(({ contentId, revision }) => ({ id: contentId, revision })) });
    }
  }
}

/** Each round holds a document once, oldest revision first: a later event may leave out what an earlier one said. */
function rounds(events: readonly GraphEvent[]): GraphEvent[][] {
  const result: GraphEvent[][] = [];
  const seen = new Map<string, number>();
  for (const event of [...events].sort((a, b) => a.payload.revision - b.payload.revision)) {
    const round = seen.get(event.payload.contentId) ?? 0;
    seen.set(event.payload.contentId, round + 1);
    result[round] = [...(result[round] ?? []), event];
  }
  return result;
}

function rowOf(tenantId: string, saved: GraphContent): Record<string, unknown> {
  const named = (label: NamedLabel, names: readonly string[] | undefined) =>
    names && distinct(names.map((name) => namedNode(tenantId, label, name)));
  const relevance = new Map(
    saved.topics?.map(({ name, relevance }) => [namedNode(tenantId, 'Topic', name).id, relevance]),
  );
  const topics = named(
    'Topic',
    saved.topics?.map(({ name }) => name),
  );
  return {
    id: saved.contentId,
    revision: saved.revision,
    title: saved.title,
    slug: saved.slug,
    status: saved.status,
    topics: topics?.map((topic) => ({ ...topic, relevance: relevance.get(topic.id) ?? 1 })) ?? null,
    keywords: named('Keyword', saved.keywords) ?? null,
    concepts: named('Concept', saved.concepts) ?? null,
    audiences: named('Audience', saved.audiences) ?? null,
    dependencies: saved.dependencies ? [...new Set(saved.dependencies)].filter(isName) : null,
  };
}

/** One node a name, as it was first spelled. What is empty or too long for an index is no name, and left out. */
function distinct(nodes: readonly NamedNode[]): NamedNode[] {
  const ids = nodes.map(({ id }) => id);
  return nodes.filter(({ id, name }, index) => isName(name) && ids.indexOf(id) === index);
}

/** Whether it can be the name of a node: not empty, and not too long for an index. */
export const isName = (text: string): boolean => text.length >= 1 && text.length <= 300;

/** Keeps a transaction well within the time that a request may wait for the same locks. */
const ROWS = 25;

/** Writing to the node before reading its revision takes its lock, so two relays cannot both find theirs the newer. */
const LOCK = 'SET c.touched = true';

/**
 * The list where it is to replace what the graph has, else null. Each list
 * remembers the revision that brought it, since an event that leaves a list out
 * may overtake the one that brought it.
 */
function newer(list: string): string {
  return `CASE WHEN coalesce(c.${list}Revision, -1) < row.revision THEN row.${list} ELSE null END AS ${list}`;
}

function remember(list: string): string {
  return `c.${list}Revision = CASE WHEN ${list} IS NULL THEN c.${list}Revision ELSE toInteger(row.revision) END`;
}

/** A link that a person made stays until a person unlinks it. */
function replaceNamed(list: string, label: NamedLabel, type: string, properties: string): string {
  return `
CALL (c, ${list}) {
  UNWIND CASE WHEN ${list} IS NULL THEN [] ELSE [true] END AS replaced
  MATCH (c)-[old:${type}]->(n {tenantId: $tenantId})
  WHERE old.linked IS NULL
  DELETE old
}
CALL (c, ${list}) {
  UNWIND ${list} AS item
  MERGE (n:${label} {tenantId: $tenantId, id: item.id})
  ON CREATE SET n.name = item.name, n.slug = item.slug
  MERGE (c)-[r:${type}]->(n)
  ${properties}
}`;
}

/**
 * A document depends on slugs, and a slug may come to belong to a document
 * before or after others need it: both meet at a Slug node, whose lock orders
 * them, and whoever comes second draws DEPENDS_ON. Ends of relationships bear no label,
 * lest the planner reads all nodes that have it.
 */
const DEPENDENCIES = `
CALL (c) {
  MATCH (c)-[old:NAMED]->(s {tenantId: $tenantId})
  WHERE s.slug <> c.slug
  DELETE old
  WITH c, s
  MATCH (s)<-[:NEEDS]-(o {tenantId: $tenantId})-[d:DEPENDS_ON]->(c)
  DELETE d
}
CALL (c) {
  WITH c, c.slug AS slug
  MERGE (s:Slug {tenantId: $tenantId, slug: slug})
  SET s.touched = true
  MERGE (c)-[:NAMED]->(s)
  WITH c, s
  MATCH (s)<-[:NEEDS]-(o {tenantId: $tenantId})
  WHERE o.id <> c.id
  MERGE (o)-[:DEPENDS_ON]->(c)
}
CALL (c, dependencies) {
  UNWIND CASE WHEN dependencies IS NULL THEN [] ELSE [true] END AS replaced
  MATCH (c)-[old:NEEDS|DEPENDS_ON]->(n {tenantId: $tenantId})
  DELETE old
}
CALL (c, dependencies) {
  UNWIND dependencies AS slug
  MERGE (s:Slug {tenantId: $tenantId, slug: slug})
  SET s.touched = true
  MERGE (c)-[:NEEDS]->(s)
  WITH c, s
  MATCH (s)<-[:NAMED]-(o {tenantId: $tenantId})
  WHERE o.id <> c.id
  MERGE (c)-[:DEPENDS_ON]->(o)
}`;

const LISTS = ['topics', 'keywords', 'concepts', 'audiences', 'dependencies'];

const SAVE = `
UNWIND $rows AS row
MERGE (c:Content {tenantId: $tenantId, id: row.id})
ON CREATE SET c.revision = -1, c.deleted = false
${LOCK}
WITH c, row, c.revision < row.revision AS isNewer, ${LISTS.map(newer).join(', ')}
SET c.title = CASE WHEN isNewer THEN row.title ELSE c.title END,
    c.slug = CASE WHEN isNewer THEN row.slug ELSE c.slug END,
    c.status = CASE WHEN isNewer THEN row.status ELSE c.status END,
    c.deleted = CASE WHEN isNewer THEN false ELSE c.deleted END,
    c.revision = CASE WHEN isNewer THEN toInteger(row.revision) ELSE c.revision END,
    c.unlinkedTopics = CASE WHEN topics IS NULL THEN c.unlinkedTopics
      ELSE [known IN coalesce(c.unlinkedTopics, []) WHERE NOT known IN [topic IN topics | topic.id]] END,
    ${LISTS.map(remember).join(', ')}
WITH c, ${LISTS.join(', ')}
${replaceNamed('topics', 'Topic', 'HAS_TOPIC', 'SET r.relevance = item.relevance')}
${replaceNamed('keywords', 'Keyword', 'HAS_KEYWORD', 'SET r.weight = 1.0')}
${replaceNamed('concepts', 'Concept', 'MENTIONS', 'SET r.salience = 1.0')}
${replaceNamed('audiences', 'Audience', 'TARGETS', 'SET r.fit = 1.0')}
${DEPENDENCIES}
${WITH_NORM}`;

/** The node stays, hidden, with its links: it remembers the revision, and restoring brings it back whole. */
const DELETE = `
UNWIND $rows AS row
MERGE (c:Content {tenantId: $tenantId, id: row.id})
ON CREATE SET c.revision = -1, c.title = '', c.norm = 0.0
${LOCK}
WITH c, row
WHERE c.revision < row.revision
SET c.revision = toInteger(row.revision), c.deleted = true`;
