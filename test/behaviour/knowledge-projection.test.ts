import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectGraph, projectGraphBatch } from '#operations/projections/graph';
import { type DocumentFacts, type GraphWorld, migratedGraphWorld } from '../kit/neo4j.ts';

let world: GraphWorld;
beforeAll(async () => {
  world = await migratedGraphWorld();
});
afterAll(() => world.close());

it('changes nothing when events come again, nor when older ones come late', async () => {
  const contentId = randomUUID();
  const first = { slug: 'again', contentId, revision: 1, title: 'First', topics: [{ name: 'Old', relevance: 1 }] };
  const second = { slug: 'again', contentId, revision: 2, title: 'Second', topics: [{ name: 'New', relevance: 1 }] };
  await world.a.save(first);
  await world.a.save(second);
  const before = await stateOf(contentId);
  await world.a.save(second);
  await world.a.save(first);
  expect(before).toMatchObject([{ title: 'Second', topics: ['New'] }]);
  expect(await stateOf(contentId)).toEqual(before);
});

it('keeps lists that an event leaves out, even where it overtook the one that brought them', async () => {
  const contentId = randomUUID();
  await world.a.save({ slug: 'late', contentId, revision: 2, title: 'Second' });
  await world.a.save({ slug: 'late', contentId, revision: 1, title: 'First', keywords: ['kept'] });
  expect(await stateOf(contentId)).toMatchObject([{ title: 'Second', revision: 2, keywords: ['kept'] }]);
});

it('draws dependencies in whichever order the documents come', async () => {
  await world.a.save({ slug: 'early', dependencies: ['not-yet', 'never'] });
  expect(await dependenciesOf('early')).toEqual([]);
  await world.a.save({ slug: 'not-yet' });
  expect(await dependenciesOf('early')).toEqual(['not-yet']);
});

it('moves dependencies when a document takes another slug', async () => {
  const contentId = randomUUID();
  await world.a.save({ slug: 'needs', dependencies: ['was', 'is'] }, { slug: 'was', contentId });
  await world.a.save({ slug: 'is', contentId, revision: 2 });
  expect(await dependenciesOf('needs')).toEqual(['is']);
  await world.a.save({ slug: 'moved', contentId, revision: 3 });
  expect(await dependenciesOf('needs')).toEqual([]);
});

it('hides a deleted document everywhere, and brings it back with what it had', async () => {
  const topics = [{ name: 'Hideable', relevance: 1 }];
  const ids = await world.a.save({ slug: 'gone', topics }, { slug: 'left', topics });
  const contentId = ids.gone ?? '';
  const query = `{ topicBySlug(slug: "hideable") { contentCount contents { totalCount } } }`;
  const payload = { contentId, revision: 2 };
  await projectGraph(world.a.neo4j, { kind: 'content.deleted', payload });
  expect((await world.a.ask(query)).data).toEqual({ topicBySlug: { contentCount: 1, contents: { totalCount: 1 } } });
  await world.a.save({ slug: 'gone', contentId, revision: 1, topics });
  expect((await world.a.ask(query)).data).toMatchObject({ topicBySlug: { contentCount: 1 } });
  await world.a.save({ slug: 'gone', contentId, revision: 3 });
  expect((await world.a.ask(query)).data).toMatchObject({ topicBySlug: { contentCount: 2 } });
});

it('ends the same however many relays write at once', async () => {
  const documents = Array.from({ length: 12 }, (_, index) => ({
    slug: `busy-${index}`,
    contentId: randomUUID(),
    topics: [{ name: 'Busy', relevance: 1 }],
    dependencies: [`busy-${(index + 1) % 12}`, `busy-${(index + 5) % 12}`],
  }));
  await Promise.all(documents.flatMap((document) => [world.b.save(document), world.b.save(document)]));
  const [counts] = await world.b.neo4j.read(`
    MATCH (c:Content {tenantId: $tenantId})-[d:DEPENDS_ON]->(o:Content {tenantId: $tenantId})
    RETURN count(d) AS drawn, count(DISTINCT c) AS documents`);
  expect(counts).toEqual({ drawn: 24, documents: 12 });
});

it('takes events of one document in one batch, and leaves out names that are none', async () => {
  const contentId = randomUUID();
  const event = (revision: number, keywords: string[]) =>
    ({
      kind: 'content.saved',
      payload: { contentId, revision, slug: 'batch', title: 't', status: 'DRAFT', keywords },
    }) as const;
  await projectGraphBatch(world.a.neo4j, [
    event(3, ['c', ' C ', '', 'x'.repeat(9_000)]),
    event(1, ['a']),
    event(2, ['b']),
  ]);
  expect(await stateOf(contentId)).toMatchObject([{ revision: 3, keywords: ['c'] }]);
});

const stateOf = (id: DocumentFacts['contentId']) =>
  world.a.neo4j.read(
    `MATCH (c:Content {tenantId: $tenantId, id: $id})
     RETURN c.title AS title, c.revision AS revision, c.norm AS norm,
       COLLECT { MATCH (c)-[:HAS_TOPIC]->(t:Topic {tenantId: $tenantId}) RETURN t.name ORDER BY t.name } AS topics,
       COLLECT { MATCH (c)-[:HAS_KEYWORD]->(k:Keyword {tenantId: $tenantId}) RETURN k.name ORDER BY k.name } AS keywords`,
    { id },
  );

async function dependenciesOf(slug: string): Promise<unknown[]> {
  const rows = await world.a.neo4j.read<{ slug: string }>(
    `MATCH (c:Content {tenantId: $tenantId, slug: $slug})-[:DEPENDS_ON]->(o:Content {tenantId: $tenantId})
     RETURN o.slug AS slug ORDER BY slug`,
    { slug },
  );
  return rows.map((row) => row.slug);
}
