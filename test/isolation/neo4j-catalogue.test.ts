import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphWorld, openGraphWorld } from '#test/kit/neo4j';
import { populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

/** What a migration or a write could have left in the graph, asked of the server, over two tenants full of data. */
describe('the graph', () => {
  const world = useWorld();
  let graph: GraphWorld;
  let one: TestTenant;
  let other: TestTenant;
  beforeAll(async () => {
    graph = await openGraphWorld();
    [one, other] = await Promise.all([createTenant(world), createTenant(world, 'PREMIUM')]);
    await Promise.all([populate(one, 2), populate(other, 2)]);
  });
  afterAll(() => graph?.close());

  const ask = <Row extends Record<string, unknown>>(statement: string) =>
    graph.neo4j.dangerouslyAsSystem('reads the catalogue').run<Row>(statement, {
      tenants: [one.id, other.id, ...world.demo.tenants.map(({ id }) => id)],
    });
  /** Labels of nodes and what they are unique by. */
  const labels = () => ask<{ label: string }>(`CALL db.labels() YIELD label WHERE label <> '_Migration' RETURN label`);
  const constraints = () =>
    ask<{ label: string; properties: string[] }>(
      `SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type WHERE type CONTAINS 'UNIQUENESS'
       RETURN labelsOrTypes[0] AS label, properties`,
    );
  const crossing = () =>
    ask<{ type: string; n: number }>(
      `MATCH (a)-[r]->(b) WHERE a.tenantId IN $tenants AND (b.tenantId IS NULL OR a.tenantId <> b.tenantId)
       OR b.tenantId IN $tenants AND a.tenantId IS NULL RETURN type(r) AS type, count(r) AS n`,
    );

  it('has no label without a constraint that begins with the tenant', async () => {
    const held = await constraints();
    const ofTenants = held.filter(({ label }) => label !== '_Migration');
    expect(ofTenants.filter(({ properties: [first] }) => first !== 'tenantId')).toEqual([]);
    const open = (await labels()).filter(({ label }) => !ofTenants.some((constraint) => constraint.label === label));
    expect(open).toEqual([]);
    expect((await labels()).length).toBeGreaterThan(5);
  });

  it('NJ-06 has no index that ranks over all tenants, and none that does not begin with the tenant', async () => {
    const indexes = await ask<{ name: string; type: string; first: string }>(
      `SHOW INDEXES YIELD name, type, properties, labelsOrTypes WHERE type <> 'LOOKUP' AND NOT '_Migration' IN labelsOrTypes
       RETURN name, type, properties[0] AS first`,
    );
    expect(indexes.length).toBeGreaterThan(5);
    expect(indexes.filter(({ type, first }) => type !== 'RANGE' || first !== 'tenantId')).toEqual([]);
  });

  it('has no node that belongs to nobody', async () => {
    const stray = `MATCH (n) WHERE n.tenantId IS NULL AND NOT n:_Migration RETURN labels(n)[0] AS label, count(n) AS n`;
    expect(await ask(stray)).toEqual([]);
  });

  it('has no relationship between tenants, and would notice one', async () => {
    const [{ n } = { n: 0 }] = await ask<{ n: number }>(
      'MATCH (a)-[r]->() WHERE a.tenantId IN $tenants RETURN count(r) AS n',
    );
    expect(n).toBeGreaterThan(10);
    expect(await crossing()).toEqual([]);
    const pair = `MATCH (a:Topic {tenantId: '${one.id}', name: 'shared topic'}), (b:Topic {tenantId: '${other.id}', name: 'shared topic'})`;
    await ask(`${pair} CREATE (a)-[:PLANTED]->(b)`);
    expect(await crossing()).toEqual([{ type: 'PLANTED', n: 1 }]);
    await ask(`MATCH (a {tenantId: '${one.id}'})-[r:PLANTED]->() DELETE r`);
  });
});
