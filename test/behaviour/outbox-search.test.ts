import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSearchProjection } from '#operations/projections/search';
import { createLexicalEmbedder } from '#platform/embedder';
import { NO_STORES, type OutboxWorld, openOutboxWorld, recordingProjection, saved } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const indexed = (id: string) =>
  world.superuser('select tenant_id, revision, title, body from content_search where content_id = $1', [id]);

const everywhere = () => [
  recordingProjection('DOCUMENTS'),
  recordingProjection('GRAPH'),
  createSearchProjection(world.store.searchIndex, createLexicalEmbedder()),
];

describe('the search projection', () => {
  it('makes a saved body findable, under its tenant, and keeps it through a change of title', async () => {
    const id = randomUUID();
    await world.a.save(id, 1, { body: 'quantum llamas' });
    await world.a.save(id, 2, { title: 'Renamed' });
    await world.relay(everywhere()).drain();
    const tenant_id = world.a.context.tenantId;
    expect(await indexed(id)).toEqual([{ tenant_id, revision: 2, title: 'Renamed', body: 'quantum llamas' }]);
    const find = `select content_id as id from content_search where document @@ plainto_tsquery('english', 'llama')`;
    expect(await world.superuser(find)).toEqual([{ id }]);
  });

  it('changes nothing when an older or equal revision comes again', async () => {
    const id = randomUUID();
    await world.a.save(id, 3, { body: 'new' });
    const { project } = createSearchProjection(world.store.searchIndex, createLexicalEmbedder());
    const tenant = { context: world.a.context, stores: NO_STORES };
    await project(tenant, [saved(id, 3, { title: 'Third', body: 'new' })]);
    await project(tenant, [saved(id, 2, { title: 'Second', body: 'old' })]);
    await project(tenant, [saved(id, 3, { title: 'Again', body: 'other' })]);
    expect(await indexed(id)).toMatchObject([{ revision: 3, title: 'Third', body: 'new' }]);
  });

  it('keeps the text of a deleted document for its restoration, at the revision of the deletion', async () => {
    const id = randomUUID();
    await world.a.save(id, 1, { body: 'kept' });
    const { project } = createSearchProjection(world.store.searchIndex, createLexicalEmbedder());
    const tenant = { context: world.a.context, stores: NO_STORES };
    await project(tenant, [saved(id, 1, { body: 'kept' })]);
    const payload = { contentId: id, revision: 2 };
    await project(tenant, [{ kind: 'content.deleted', entity: 'Content', entityId: id, payload }]);
    await project(tenant, [saved(id, 1, { body: 'late' })]);
    expect(await indexed(id)).toMatchObject([{ revision: 2, body: 'kept' }]);
  });

  it('passes over a document that was removed for good before it was indexed', async () => {
    const [removed, kept] = [randomUUID(), randomUUID()];
    for (const id of [removed, kept]) await world.a.save(id, 1);
    await world.superuser('delete from contents where id = $1', [removed]);
    await world.relay(everywhere()).drain();
    expect(await indexed(removed)).toEqual([]);
    expect(await indexed(kept)).toHaveLength(1);
    expect(await world.superuser(`select 1 from outbox_deliveries where state <> 'done'`)).toEqual([]);
  });
});
