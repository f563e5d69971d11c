import { PolygraphError } from '#platform/errors';
import type { TenantNeo4j } from '#stores/neo4j/index';
import type { IdeaPathModel, IdeaStepModel } from './models.ts';

/**
 * The shortest way between two nodes, searched from both ends at once, one
 * relation further a statement and the smaller side first. Paths of variable
 * length are nothing that the guard lets pass: it could not prove that every
 * node on the way is the tenant's. Here each is, since each step matches both
 * of its ends with their tenant.
 * @throws PolygraphError LIMIT_EXCEEDED where the neighbourhood is too large to be searched
 */
export async function shortestPath(neo4j: TenantNeo4j, from: string, to: string): Promise<IdeaPathModel | null> {
  const ends = await neo4j.read<Row>(NODES, { ids: [from, to] });
  const [start, goal] = [from, to].map((id) => ends.find((end) => end.id === id));
  if (!start || !goal) return null;
  if (start.id === goal.id) return pathOf([start]);
  const [forward, backward] = [sideOf(start), sideOf(goal)];
  for (let length = 1; length <= MOST_RELATIONS; length += 1) {
    const [near, far] = forward.frontier.length <= backward.frontier.length ? [forward, backward] : [backward, forward];
    await expand(neo4j, near);
    const meeting = near.frontier.filter((id) => far.reached.has(id)).sort()[0];
    if (meeting !== undefined)
      return pathOf([...wayTo(forward, meeting).reverse(), ...wayTo(backward, meeting).slice(1)]);
  }
  return null;
}

/** What one end has reached: each node with the neighbour it was reached by. */
interface Side {
  readonly reached: Map<string, Reached>;
  /** Reached last, all at the same distance. */
  frontier: readonly string[];
}
interface Row {
  readonly [column: string]: string;
  readonly id: string;
  readonly label: string;
  readonly name: string;
}
interface Reached extends IdeaStepModel {
  readonly via: string | undefined;
}

const sideOf = (end: Row): Side => ({ reached: new Map([[end.id, reachedBy(end, undefined)]]), frontier: [end.id] });

async function expand(neo4j: TenantNeo4j, side: Side): Promise<void> {
  const rows = await neo4j.read<Row & { via: string }>(NEIGHBOURS, { ids: side.frontier, most: MOST_NODES + 1 });
  if (rows.length > MOST_NODES) {
    const message = `More than ${MOST_NODES} documents and ideas are near; ask about ends that are closer.`;
    throw new PolygraphError('LIMIT_EXCEEDED', message, { facts: { limit: MOST_NODES } });
  }
  const fresh = rows.filter(({ id }) => !side.reached.has(id));
  for (const row of fresh) side.reached.set(row.id, reachedBy(row, row.via));
  side.frontier = fresh.map(({ id }) => id);
}

/** From the meeting place back to the end. */
function wayTo(side: Side, meeting: string): Reached[] {
  const way: Reached[] = [];
  for (let at = side.reached.get(meeting); at; at = at.via === undefined ? undefined : side.reached.get(at.via)) {
    way.push(at);
  }
  return way;
}

const reachedBy = ({ id, label, name }: Row, via: string | undefined): Reached => ({ id, label, name, via });

const pathOf = (steps: readonly IdeaStepModel[]): IdeaPathModel => ({ length: steps.length - 1, steps });

const MOST_RELATIONS = 4;
const MOST_NODES = 5_000;

const LABELS = ['Content', 'Topic', 'Keyword', 'Concept', 'Audience', 'Competitor'];

/** Each label has its index by tenant and id; without one, all nodes of the graph would be read. */
const BY_ID = `CALL (id) {
${LABELS.map((label) => `  MATCH (n:${label} {tenantId: $tenantId, id: id}) RETURN n`).join('\n  UNION ALL\n')}
}
WITH n
WHERE coalesce(n.deleted, false) = false`;

const NODES = `
UNWIND $ids AS id
${BY_ID}
RETURN n.id AS id, head(labels(n)) AS label, coalesce(n.name, n.title) AS name`;

/** Of several ways to a neighbour the one by the least id, so that the answer is always the same. */
const NEIGHBOURS = `
UNWIND $ids AS id
${BY_ID}
MATCH (n)-[:HAS_TOPIC|HAS_KEYWORD|MENTIONS|TARGETS|DEPENDS_ON|COVERS|CHILD_OF]-(m {tenantId: $tenantId})
WHERE coalesce(m.deleted, false) = false
RETURN m.id AS id, head(labels(m)) AS label, coalesce(m.name, m.title) AS name, min(n.id) AS via
ORDER BY id
LIMIT toInteger($most)`;
