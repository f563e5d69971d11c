import { createHash } from 'node:crypto';
import neo4j from 'neo4j-driver';

export interface GraphAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Nodes, and relations between them by their place in `nodes`. Numbers keep the driver's exact types. */
export interface GraphCopy {
  readonly nodes: readonly { readonly labels: readonly string[]; readonly properties: object }[];
  readonly relations: readonly {
    readonly from: number;
    readonly to: number;
    readonly type: string;
    readonly properties: object;
  }[];
}

export async function copyGraph(address: GraphAddress, tenantId: string): Promise<GraphCopy> {
  const nodes = await rows(address, `MATCH (n {tenantId: $tenantId}) RETURN ${NODE}`, { tenantId });
  const relations = await rows(
    address,
    `MATCH (a {tenantId: $tenantId})-[r]->(b {tenantId: $tenantId})
     RETURN elementId(a) AS from, elementId(b) AS to, type(r) AS type, properties(r) AS properties`,
    { tenantId },
  );
  const places = new Map(nodes.map(({ key }, index) => [key, neo4j.int(index)]));
  return {
    nodes,
    relations: relations.map((one) => ({ ...one, from: places.get(one.from), to: places.get(one.to) })),
  } as unknown as GraphCopy;
}

export async function restoreGraph(address: GraphAddress, tenantId: string, copy: GraphCopy): Promise<void> {
  await rows(address, 'MATCH (n {tenantId: $tenantId}) DETACH DELETE n', { tenantId });
  await rows(
    address,
    `UNWIND $nodes AS row CREATE (n:$(row.labels)) SET n = row.properties
     WITH collect(n) AS nodes
     UNWIND $relations AS row
     WITH nodes[row.from] AS a, nodes[row.to] AS b, row
     CREATE (a)-[r:$(row.type)]->(b) SET r = row.properties`,
    { ...copy },
  );
}

/** A digest of every node that is not the tenant's, and of every relation with such an end. */
export async function digestOthersInGraph(address: GraphAddress, tenantId: string): Promise<Map<string, string>> {
  const nodes = await rows(
    address,
    `MATCH (n) WHERE coalesce(n.tenantId, '') <> $tenantId RETURN labels(n) AS labels, properties(n) AS properties`,
    { tenantId },
  );
  const relations = await rows(
    address,
    `MATCH (a)-[r]->(b) WHERE coalesce(a.tenantId, '') <> $tenantId OR coalesce(b.tenantId, '') <> $tenantId
     RETURN a.id AS from, b.id AS to, type(r) AS type, properties(r) AS properties`,
    { tenantId },
  );
  return new Map([
    ['neo4j nodes', digest(nodes)],
    ['neo4j relations', digest(relations)],
  ]);
}

function digest(found: readonly unknown[]): string {
  const lines = found.map((one) => JSON.stringify(one)).sort();
  return createHash('sha256').update(lines.join('\n')).digest('base64url');
}

async function rows(
  { url, user, password }: GraphAddress,
  statement: string,
  parameters: object,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password));
  try {
    const { records } = await driver.executeQuery(statement, { ...parameters }, { database: 'neo4j' });
    return records.map((record) => record.toObject());
  } finally {
    await driver.close();
  }
}

const NODE = 'elementId(n) AS key, labels(n) AS labels, properties(n) AS properties';
