import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driftLeft, type StoreReport } from '#operations/reconcile/index';
import { eq } from '#stores/mongo/index';
import { openProjectedWorld, type ProjectedWorld, saveDocuments } from '#test/kit/projected-world';

let world: ProjectedWorld;
beforeAll(async () => {
  world = await openProjectedWorld();
});
afterAll(() => world.close());

const documentsOf = () => world.openStores(world.a.context).mongo.collection('content_documents');
const write = (statement: string, parameters = {}) =>
  world.neo4j.forTenant(world.a.context).write(statement, parameters);
/** What was found, without the zeros. */
const foundIn = (reports: readonly StoreReport[]) =>
  Object.fromEntries(
    reports.map(({ target, found }) => [target, Object.fromEntries(Object.entries(found).filter(([, n]) => n > 0))]),
  );
const CLEAN = { DOCUMENTS: {}, GRAPH: {}, SEARCH: {} };

describe('reconcile', () => {
  it('finds nothing where the stores agree, and leaves what waits to the relay', async () => {
    await saveDocuments(world.a, 3);
    const waiting = await world.reconcile(world.a);
    expect(waiting.map(({ waiting }) => waiting)).toEqual([3, 3, 3]);
    expect(foundIn(waiting)).toEqual(CLEAN);
    await world.carry();
    expect(foundIn(await world.reconcile(world.a))).toEqual(CLEAN);
  });

  it('fills stores that were emptied, deleted documents with what they hide included', async () => {
    const [gone = ''] = await saveDocuments(world.a, 1);
    await world.a.remove(gone, 2);
    await world.carry();
    await world.mongo.mongo.dangerouslyAsSystem('the store is lost').collection('content_documents').deleteMany({});
    await world.mongo.mongo.dangerouslyAsSystem('the store is lost').collection('content_versions').deleteMany({});
    await write('MATCH (n {tenantId: $tenantId}) DETACH DELETE n');
    await world.superuser('delete from content_search');

    const reports = await world.reconcile(world.a);
    expect(foundIn(reports)).toEqual({ DOCUMENTS: { missing: 4 }, GRAPH: { missing: 4 }, SEARCH: { missing: 4 } });
    expect(reports.map(driftLeft)).toEqual([0, 0, 0]);
    expect(foundIn(await world.reconcile(world.a))).toEqual(CLEAN);
    expect(await documentsOf().findOne({ contentId: eq(gone) }, ['revision', 'body', 'versionCount'])).toEqual({
      ...{ revision: 2, versionCount: 1, body: 'The body of document 0.' },
    });
    const hidden = `MATCH (c:Content {tenantId: $tenantId, id: $id})-[:HAS_TOPIC]->(t {tenantId: $tenantId})
      RETURN c.deleted AS deleted, t.name AS topic`;
    expect(await write(hidden, { id: gone })).toEqual([{ deleted: true, topic: 'Physics' }]);
  });

  it('sees every way in which a store can differ, changes nothing in a dry run, and puts it right', async () => {
    const [behind = '', ahead = '', altered = ''] = await saveDocuments(world.a, 3);
    await world.a.save(behind, 2);
    await world.carry();
    const versions = () => world.openStores(world.a.context).mongo.collection('content_versions').count({});
    const before = await versions();
    await documentsOf().updateOne({ contentId: eq(behind) }, { set: { revision: 1 } });
    await documentsOf().updateOne({ contentId: eq(ahead) }, { set: { revision: 9 } });
    await documentsOf().updateOne({ contentId: eq(altered) }, { set: { body: 'Somebody else’s words.' } });
    await documentsOf().upsertMany([{ key: { contentId: STRANGER }, update: { set: ORPHAN } }]);
    await world.superuser(`update content_search set body = 'x' where content_id = $1`, [altered]);

    const wanted = { ...CLEAN, DOCUMENTS: { behind: 1, ahead: 1, different: 1, orphan: 1 }, SEARCH: { different: 1 } };
    expect(foundIn(await world.reconcile(world.a, { dryRun: true }))).toEqual(wanted);
    expect(foundIn(await world.reconcile(world.a))).toEqual(wanted);
    expect(foundIn(await world.reconcile(world.a, { dryRun: true }))).toEqual(CLEAN);
    expect(await versions()).toBe(before);
  });

  it('mends relations that were lost or added, and leaves those that people made and took away', async () => {
    const [id = ''] = await saveDocuments(world.a, 1);
    await world.carry();
    const content = 'MATCH (c:Content {tenantId: $tenantId, id: $id})';
    await write(`${content} MATCH (c)-[r:HAS_KEYWORD]->(k {tenantId: $tenantId}) DELETE r`, { id });
    await write(
      `${content} MERGE (t:Topic {tenantId: $tenantId, id: $topic}) MERGE (c)-[r:HAS_TOPIC]->(t)
      SET r.relevance = 1.0, r.linked = true, t.name = 'By hand', t.slug = 'by-hand'`,
      { id, topic: STRANGER },
    );
    expect(foundIn(await world.reconcile(world.a, { targets: ['GRAPH'] }))).toEqual({ GRAPH: { different: 1 } });
    const names = `${content} MATCH (c)-[:HAS_TOPIC|HAS_KEYWORD]->(n {tenantId: $tenantId}) RETURN n.name AS name ORDER BY name`;
    expect(await write(names, { id })).toEqual(['By hand', 'Physics', 'llama', 'word 0'].map((name) => ({ name })));
    expect(foundIn(await world.reconcile(world.a))).toEqual(CLEAN);
  });

  it('never touches another tenant, not even what looks like an orphan there', async () => {
    await saveDocuments(world.b, 1);
    await world.carry();
    const held = world.openStores(world.b.context).mongo.collection('content_documents');
    const rows = () => held.find({}, { fields: ['contentId', 'revision', 'updatedAt'], limit: 10 });
    const before = await rows();
    await documentsOf().deleteMany({ title: eq('Title 1') });
    await world.reconcile(world.a);
    expect(await rows()).toEqual(before);
  });
});

const STRANGER = '00000000-0000-4000-8000-0000000000ff';
const ORPHAN = {
  ...{ revision: 1, bodyRevision: 1, title: 'Nobody’s', body: '', bodyHash: '', wordCount: 0, excerptText: '' },
  ...{ versionCount: 0, updatedAt: new Date() },
};
