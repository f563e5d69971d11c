import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '#platform/log';
import { openNeo4j } from '#stores/neo4j/index';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

it('ranks without the graph while Neo4j is away, and names the reason', async () => {
  await world.a.document({ title: 'Llamas', body: 'Llamas entangle.' });
  const log = createLogger({ level: 'silent' });
  const neo4j = openNeo4j({ url: 'bolt://127.0.0.1:1', user: 'neo4j', password: 'nobody-home', timeoutMs: 500, log });
  const client = createRelationalClient(world, world.a, { neo4j: neo4j.forTenant(world.a.context) });
  const { data, errors } = await client.ask(
    '{ search(text: "llamas") { nodes { title } sources { source state reason found } } }',
  );
  expect(errors).toBeUndefined();
  expect(data.search.nodes).toEqual([{ title: 'Llamas' }]);
  expect(data.search.sources).toEqual([
    { source: 'TEXT', state: 'ANSWERED', reason: null, found: 1 },
    { source: 'TRIGRAM', state: 'ANSWERED', reason: null, found: 1 },
    { source: 'VECTOR', state: 'ANSWERED', reason: null, found: 0 },
    { source: 'GRAPH', state: 'FAILED', reason: 'STORE_UNAVAILABLE', found: 0 },
  ]);
  await neo4j.close();
});
