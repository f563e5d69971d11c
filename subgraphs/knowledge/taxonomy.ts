import { PolygraphError } from '#platform/errors';
import type { TenantNeo4j } from '#stores/neo4j/index';
import type { MoveTopicPayloadModel } from './models.ts';

/** Topics on one way from the top to the bottom. The bound makes every walk a statement of fixed length. */
const MOST_LEVELS = 8;
/** From a topic to the furthest one above or below it. */
export const MOST_STEPS = MOST_LEVELS - 1;

/**
 * Puts a topic, and with it all that is below it, under another, or at the top.
 * @throws PolygraphError NOT_FOUND; BAD_USER_INPUT where it would come to be below itself; LIMIT_EXCEEDED where a way
 *   from the top to the bottom would have more than MOST_LEVELS topics
 */
export async function moveTopic(
  neo4j: TenantNeo4j,
  topicId: string,
  parentId: string | undefined,
): Promise<MoveTopicPayloadModel> {
  const [moved] =
    parentId === undefined
      ? await neo4j.write<Moved>(TO_THE_TOP, { topicId })
      : await neo4j.write<Moved>(UNDER, { topicId, parentId });
  if (!moved) throw new PolygraphError('NOT_FOUND', 'The tenant has no topic with that id.');
  if (moved.isCycle) {
    const message = 'The topic is above `parentId` already or is the same: it would come to be below itself.';
    throw new PolygraphError('BAD_USER_INPUT', message, { facts: { argument: 'parentId', reason: 'CYCLE' } });
  }
  if (moved.levels > MOST_LEVELS) {
    const message = `The taxonomy has at most ${MOST_LEVELS} levels; with this there would be ${moved.levels}.`;
    throw new PolygraphError('LIMIT_EXCEEDED', message, { facts: { limit: MOST_LEVELS, given: moved.levels } });
  }
  return { topicId };
}

interface Moved {
  readonly [column: string]: unknown;
  readonly isCycle: boolean;
  readonly levels: number;
}

/** `u1` to `u7`: null above the top. */
const upFrom = (start: string): string =>
  steps((at) => `OPTIONAL MATCH (${at === 1 ? start : `u${at - 1}`})-[:CHILD_OF]->(u${at} {tenantId: $tenantId})`);
/** `d1` to `d7`, a row for each way down. */
const downFrom = (start: string): string =>
  steps((at) => `OPTIONAL MATCH (d${at} {tenantId: $tenantId})-[:CHILD_OF]->(${at === 1 ? start : `d${at - 1}`})`);
const named = (letter: string): string => steps((at) => `${letter}${at}`, ', ');

function steps(write: (at: number) => string, between = '\n  '): string {
  return Array.from({ length: MOST_STEPS }, (_, at) => write(at + 1)).join(between);
}

/**
 * Moves of one tenant wait for each other at a node of its own: two that each look fine could make a cycle together.
 * What is read below is read after that lock was taken.
 */
const ONE_AT_A_TIME = `
MERGE (x:Taxonomy {tenantId: $tenantId, id: 'topics'})
SET x.touched = true
WITH x
MATCH (t:Topic {tenantId: $tenantId, id: $topicId})`;

const UNDER = `${ONE_AT_A_TIME}
MATCH (p:Topic {tenantId: $tenantId, id: $parentId})
CALL (p) {
  ${upFrom('p')}
  RETURN [up IN [p, ${named('u')}] WHERE up IS NOT NULL | up.id] AS above
}
CALL (t) {
  ${downFrom('t')}
  RETURN max(size([down IN [${named('d')}] WHERE down IS NOT NULL])) AS below
}
WITH t, p, t.id IN above AS isCycle, size(above) + 1 + below AS levels
CALL (t, p, isCycle, levels) {
  UNWIND CASE WHEN isCycle OR levels > ${MOST_LEVELS} THEN [] ELSE [true] END AS allowed
  OPTIONAL MATCH (t)-[old:CHILD_OF]->(q {tenantId: $tenantId})
  DELETE old
  MERGE (t)-[:CHILD_OF]->(p)
}
RETURN isCycle, levels`;

const TO_THE_TOP = `${ONE_AT_A_TIME}
CALL (t) {
  MATCH (t)-[old:CHILD_OF]->(q {tenantId: $tenantId})
  DELETE old
}
RETURN false AS isCycle, 1 AS levels`;

export const PARENTS = `
UNWIND $ids AS id
MATCH (t:Topic {tenantId: $tenantId, id: id})-[:CHILD_OF]->(p {tenantId: $tenantId})
RETURN id, p.id AS value`;

/** Nearest first. */
export const ANCESTORS = `
UNWIND $ids AS id
MATCH (t:Topic {tenantId: $tenantId, id: id})
  ${upFrom('t')}
RETURN id, [up IN [${named('u')}] WHERE up IS NOT NULL | up.id] AS value`;

/** Rows of a topic `d` below `t` and how far below. */
function below(levels: number): string {
  const ways = Array.from({ length: levels }, (_, at) => {
    const between = '({tenantId: $tenantId})-[:CHILD_OF]->'.repeat(at);
    return `MATCH (d {tenantId: $tenantId})-[:CHILD_OF]->${between}(t)\n    RETURN d, ${at + 1} AS depth`;
  });
  return ways.join('\n    UNION ALL\n    ');
}

/** @param depth levels, 1 to 7 */
export const descendants = (depth: number): string => `
UNWIND $ids AS id
MATCH (t:Topic {tenantId: $tenantId, id: id})
CALL (t) {
  CALL (t) {
    ${below(depth)}
  }
  WITH d, depth
  ORDER BY depth, d.name, d.id
  LIMIT toInteger($first)
  RETURN collect({id: d.id, depth: depth}) AS found
}
RETURN id, found AS value`;

/** Documents about a topic or one below it, each once. */
export const CONTENTS_OF_BRANCHES = `
UNWIND $ids AS id
MATCH (t:Topic {tenantId: $tenantId, id: id})
CALL (t) {
  RETURN t AS d, 0 AS depth
  UNION ALL
  ${below(MOST_STEPS)}
}
MATCH (d)<-[:HAS_TOPIC]-(c {tenantId: $tenantId})
WHERE c.deleted = false
RETURN id, count(DISTINCT c) AS value`;
