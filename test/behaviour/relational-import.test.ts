import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ImportedContent, importContents } from '#subgraphs/relational/contents/import';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

const document = (change: Partial<ImportedContent> = {}): ImportedContent => {
  const id = change.id ?? randomUUID();
  const lists = { tags: ['t'], topics: [{ name: 'Topic', relevance: 0.5 }], keywords: ['k'], dependencies: ['d'] };
  const facts = { slug: `s-${id}`, title: 'Title', summary: null, body: '# Body', licence: 'MIT', source: null };
  return { id, ...facts, ...lists, authorId: null, status: 'PUBLISHED', ...change };
};
const eventsOf = ({ id }: ImportedContent) =>
  world.superuser<{ payload: Record<string, unknown> }>('SELECT payload FROM outbox WHERE entity_id = $1', [id]);

it('writes a document once, however often it is imported', async () => {
  const batch = [document(), document()];
  const take = () => importContents(world.postgres, world.a.context, batch);
  expect(await take()).toEqual({ created: 2, updated: 0, unchanged: 0 });
  expect(await take()).toEqual({ created: 0, updated: 0, unchanged: 2 });
  const [first, ...rest] = await eventsOf(batch[0] ?? document());
  expect(rest).toEqual([]);
  expect(first?.payload).toMatchObject({ body: '# Body', keywords: ['k'], dependencies: ['d'], revision: 1 });
});

it('updates what changed, and leaves what a person has deleted', async () => {
  const [changed, deleted] = [document(), document()];
  await importContents(world.postgres, world.a.context, [changed, deleted]);
  await world.superuser('UPDATE contents SET deleted_at = now() WHERE id = $1', [deleted.id]);
  const again = [changed, deleted].map((each) => ({ ...each, body: '# New' }));
  expect(await importContents(world.postgres, world.a.context, again)).toEqual({
    created: 0,
    updated: 1,
    unchanged: 1,
  });
  expect((await eventsOf(changed)).map(({ payload }) => payload.revision)).toEqual([1, 2]);
});

it('tells a slug apart that another document holds, also within the batch', async () => {
  const batch = [document({ slug: 'same' }), document({ slug: 'same' })];
  expect((await importContents(world.postgres, world.a.context, batch)).created).toBe(2);
  const slugs = await world.superuser<{ slug: string }>(
    `SELECT slug FROM contents WHERE slug LIKE 'same%' ORDER BY slug`,
  );
  expect(slugs.map(({ slug }) => slug)).toEqual(['same', `same-${batch[1]?.id.slice(0, 8)}`]);
});

it('cannot be given another tenant’s document to overwrite', async () => {
  const id = await world.b.document({ title: 'Mine' });
  expect(await importContents(world.postgres, world.a.context, [document({ id })])).toMatchObject({ created: 1 });
  const rows = await world.superuser('SELECT tenant_id, title FROM contents WHERE id = $1 ORDER BY title', [id]);
  expect(rows).toEqual([
    { tenant_id: world.b.id, title: 'Mine' },
    { tenant_id: world.a.id, title: 'Title' },
  ]);
});

it('leaves nothing of a batch that fails', async () => {
  const good = document();
  const bad = document({ authorId: randomUUID() });
  await expect(importContents(world.postgres, world.a.context, [good, bad])).rejects.toThrow();
  expect(await eventsOf(good)).toEqual([]);
});
