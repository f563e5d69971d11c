import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProjections } from '#operations/projections/index';
import { createLogger } from '#platform/log';
import { eq } from '#stores/mongo/index';
import { type Neo4j, openNeo4j } from '#stores/neo4j/index';
import { migrateNeo4j } from '#stores/neo4j/migrate';
import { freshnessOfEntities } from '#stores/postgres/outbox/freshness';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';
import { NO_STORES, type OutboxWorld, openOutboxWorld } from '#test/kit/outbox-world';

let world: OutboxWorld;
let mongo: TestMongo;
let neo4j: Neo4j;
beforeAll(async () => {
  const { NEO4J_URL: url = '', NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password = '' } = process.env;
  neo4j = openNeo4j({ url, user, password, timeoutMs: 10_000, log: createLogger({ level: 'silent' }) });
  [world, mongo] = await Promise.all([openOutboxWorld(), openTestMongo(), migrateNeo4j(neo4j)]);
});
afterAll(() => Promise.all([world.close(), mongo.close(), neo4j.close()]));

describe('one relay over the real stores', () => {
  it('brings a saved document to MongoDB, Neo4j and full text, each under its tenant only', async () => {
    const { a, b } = world;
    const id = randomUUID();
    await a.save(id, 1, {
      body: 'Llamas entangle.',
      topics: [{ name: 'Physics', relevance: 0.8 }],
      keywords: ['llama'],
    });
    await a.save(id, 2, { title: 'Renamed' });
    const projections = createProjections({ searchIndex: world.store.searchIndex });
    const openStores = (context: typeof a.context) => ({
      ...NO_STORES,
      mongo: mongo.mongo.forTenant(context),
      neo4j: neo4j.forTenant(context),
    });
    await world.relay(projections, { openStores }).drain();
    const [targets] = await freshnessOfEntities(a.postgres, [id]);
    expect(targets?.map(({ fresh }) => fresh)).toEqual([true, true, true]);

    const document = (tenant: typeof a) =>
      mongo.mongo
        .forTenant(tenant.context)
        .collection('content_documents')
        .find({ contentId: eq(id) }, { fields: ['revision', 'title', 'body'], limit: 1 });
    expect(await document(a)).toMatchObject([{ revision: 2, title: 'Renamed', body: 'Llamas entangle.' }]);
    expect(await document(b)).toEqual([]);

    const topics = `MATCH (c:Content {tenantId: $tenantId, id: $id})-[r:HAS_TOPIC]->(t:Topic {tenantId: $tenantId})
      RETURN c.title AS title, t.name AS topic, r.relevance AS relevance`;
    const graph = (tenant: typeof a) => neo4j.forTenant(tenant.context).read(topics, { id });
    expect(await graph(a)).toEqual([{ title: 'Renamed', topic: 'Physics', relevance: 0.8 }]);
    expect(await graph(b)).toEqual([]);

    const found = `select tenant_id, title from content_search where document @@ plainto_tsquery('english', 'llama')`;
    expect(await world.superuser(found)).toEqual([{ tenant_id: a.context.tenantId, title: 'Renamed' }]);
  });
});
