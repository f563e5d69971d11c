import { type NamedLabel, namedNode } from '#stores/neo4j/ids';
import type { TenantNeo4j } from '#stores/neo4j/index';
import type { LoggedContent } from '#stores/postgres/outbox/log';
import { isName } from '../projections/graph.ts';
import type { Holding } from './holding.ts';

/** Nodes and relations in Neo4j. What a person linked or unlinked there is Neo4j's own, and no drift. */
export function holdGraph(neo4j: TenantNeo4j): Holding {
  return {
    target: 'GRAPH',
    async read(ids) {
      const rows = await neo4j.read<Row>(READ, { ids });
      return new Map(
        rows.map((row) => [
          row.id,
          { revision: row.revision, matches: (logged) => matches(row, logged, neo4j.tenantId) },
        ]),
      );
    },
    async list(after, limit) {
      const rows = await neo4j.read<{ id: string }>(LIST, { after: after ?? '', limit });
      return rows.map(({ id }) => id);
    },
    async forget(id, revision) {
      return (await neo4j.write(FORGET, { id, revision })).length > 0;
    },
    async remove(ids) {
      await neo4j.write(REMOVE, { ids });
    },
  };
}

/** Without the topics that a person took away: mending is not to bring them back. */
export function withoutUnlinked(logged: LoggedContent, unlinked: readonly string[], tenantId: string): LoggedContent {
  const { saved } = logged;
  const { topics } = saved.payload;
  if (!topics || unlinked.length === 0) return logged;
  const kept = topics.filter(({ name }) => !unlinked.includes(namedNode(tenantId, 'Topic', name).id));
  return { ...logged, saved: { ...saved, payload: { ...saved.payload, topics: kept } } };
}

/** Which topics people took away from these documents. */
export async function readUnlinked(
  neo4j: TenantNeo4j,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await neo4j.read<Pick<Row, 'id' | 'unlinked'>>(UNLINKED, { ids });
  return new Map(rows.map(({ id, unlinked }) => [id, unlinked]));
}

interface Row {
  readonly id: string;
  readonly revision: number;
  readonly title: string;
  readonly slug: string | null;
  readonly status: string | null;
  readonly deleted: boolean;
  readonly topics: readonly { readonly id: string; readonly relevance: number; readonly linked: boolean }[];
  readonly keywords: readonly string[];
  readonly dependencies: readonly string[];
  readonly unlinked: readonly string[];
}

function matches(row: Row, logged: LoggedContent, tenantId: string): boolean {
  const { title, slug, status, topics, keywords, dependencies } = withoutUnlinked(logged, row.unlinked, tenantId).saved
    .payload;
  const idOf = (label: NamedLabel) => (name: string) => namedNode(tenantId, label, name).id;
  return (
    row.title === title &&
    row.slug === slug &&
    row.status === status &&
    row.deleted === (logged.deleted !== undefined) &&
    (!topics || hasTopics(row, topics, tenantId)) &&
    (!keywords || sameSet(row.keywords, keywords.filter(isName).map(idOf('Keyword')))) &&
    (!dependencies || sameSet(row.dependencies, dependencies.filter(isName)))
  );
}

/** Each topic is there, with its relevance where no person gave another, and no other but those that people linked. */
function hasTopics({ topics: held }: Row, said: NonNullable<Topics>, tenantId: string): boolean {
  const wanted = new Map(
    said
      .filter(({ name }) => isName(name))
      .map(({ name, relevance }) => [namedNode(tenantId, 'Topic', name).id, relevance]),
  );
  const found = new Map(held.map((topic) => [topic.id, topic]));
  return (
    [...wanted].every(([id, relevance]) => found.get(id)?.linked || found.get(id)?.relevance === relevance) &&
    held.every(({ id, linked }) => linked || wanted.has(id))
  );
}
type Topics = LoggedContent['saved']['payload']['topics'];

function sameSet(held: readonly string[], wanted: readonly string[]): boolean {
  const [left, right] = [new Set(held), new Set(wanted)];
  return left.size === right.size && [...left].every((one) => right.has(one));
}

const READ = `
UNWIND $ids AS id
MATCH (c:Content {tenantId: $tenantId, id: id})
CALL (c) {
  MATCH (c)-[r:HAS_TOPIC]->(t {tenantId: $tenantId})
  RETURN collect({id: t.id, relevance: r.relevance, linked: coalesce(r.linked, false)}) AS topics
}
CALL (c) {
  MATCH (c)-[:HAS_KEYWORD]->(k {tenantId: $tenantId})
  RETURN collect(k.id) AS keywords
}
CALL (c) {
  MATCH (c)-[:NEEDS]->(s {tenantId: $tenantId})
  RETURN collect(s.slug) AS dependencies
}
RETURN c.id AS id, c.revision AS revision, c.title AS title, c.slug AS slug, c.status AS status,
  c.deleted AS deleted, topics, keywords, dependencies, coalesce(c.unlinkedTopics, []) AS unlinked`;

const UNLINKED = `
UNWIND $ids AS id
MATCH (c:Content {tenantId: $tenantId, id: id})
RETURN c.id AS id, coalesce(c.unlinkedTopics, []) AS unlinked`;

const LIST = `
MATCH (c:Content {tenantId: $tenantId})
WHERE c.id > $after
RETURN c.id AS id ORDER BY id LIMIT toInteger($limit)`;

/** A number that no event has comes first, so that even one which was said before replaces all. */
const FORGET = `
MATCH (c:Content {tenantId: $tenantId, id: $id})
WHERE c.revision = $revision
SET c.revision = -1, c.topicsRevision = -1, c.keywordsRevision = -1, c.dependenciesRevision = -1
RETURN c.id AS id`;

const REMOVE = `
UNWIND $ids AS id
MATCH (c:Content {tenantId: $tenantId, id: id})
DETACH DELETE c`;
