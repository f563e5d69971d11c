import type { TenantNeo4j } from '#stores/neo4j/index';
import { checkFraction, checkList, checkName, noDocument } from './input.ts';

/** An idea by its name, and how much it applies to a document: 0 to 1. */
export interface Degree {
  readonly name: string;
  readonly degree: number;
}

/** Whom a document is written for. @throws PolygraphError as `describe` */
export const targetAudiences = (neo4j: TenantNeo4j, contentId: string, audiences: readonly Degree[]) =>
  describe(neo4j, contentId, audiences, TARGETS);

/** What a document mentions. @throws PolygraphError as `describe` */
export const mentionConcepts = (neo4j: TenantNeo4j, contentId: string, concepts: readonly Degree[]) =>
  describe(neo4j, contentId, concepts, MENTIONS);

interface Described {
  readonly [column: string]: string;
  readonly contentId: string;
}

interface Relation {
  readonly argument: string;
  readonly label: 'Audience' | 'Concept';
  readonly type: 'TARGETS' | 'MENTIONS';
  readonly property: 'fit' | 'salience';
}

const TARGETS: Relation = { argument: 'audiences', label: 'Audience', type: 'TARGETS', property: 'fit' };
const MENTIONS: Relation = { argument: 'concepts', label: 'Concept', type: 'MENTIONS', property: 'salience' };

/**
 * Relations that a person made, so they stay when the document is projected again. A degree of 0 takes one away.
 * @throws PolygraphError NOT_FOUND, BAD_USER_INPUT or LIMIT_EXCEEDED
 */
async function describe(
  neo4j: TenantNeo4j,
  contentId: string,
  given: readonly Degree[],
  relation: Relation,
): Promise<Described> {
  const { argument, label, property } = relation;
  const ideas = checkList(argument, given, MOST_IDEAS).map(({ name, degree }, at) => ({
    ...checkName(neo4j.tenantId, label, `${argument}.${at}.name`, name),
    degree: checkFraction(`${argument}.${at}.${property}`, degree),
  }));
  const [described] = await neo4j.write<Described>(STATEMENTS[relation.type], {
    contentId,
    kept: ideas.filter(({ degree }) => degree > 0),
    gone: ideas.filter(({ degree }) => degree === 0).map(({ id }) => id),
  });
  return described ?? noDocument();
}

const MOST_IDEAS = 20;

const STATEMENTS = { TARGETS: statement(TARGETS), MENTIONS: statement(MENTIONS) };

function statement({ label, type, property }: Relation): string {
  return `
MATCH (c:Content {tenantId: $tenantId, id: $contentId})
WHERE c.deleted = false
CALL (c) {
  UNWIND $gone AS id
  MATCH (c)-[old:${type}]->(n:${label} {tenantId: $tenantId, id: id})
  DELETE old
}
CALL (c) {
  UNWIND $kept AS item
  MERGE (n:${label} {tenantId: $tenantId, id: item.id})
  ON CREATE SET n.name = item.name, n.slug = item.slug
  MERGE (c)-[r:${type}]->(n)
  SET r.${property} = item.degree, r.linked = true
}
RETURN c.id AS contentId`;
}
