import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient, type RelationalClient } from '#test/kit/relational';

let world: PostgresWorld;
let a: RelationalClient;
let b: RelationalClient;
beforeAll(async () => {
  world = await openPostgresWorld();
  [a, b] = [createRelationalClient(world, world.a), createRelationalClient(world, world.b)];
});
afterAll(() => world.close());

const page = `query ($first: Int, $after: String, $sort: ContentSort, $filter: ContentFilter) {
  contents(first: $first, after: $after, sort: $sort, filter: $filter) {
    nodes { id title } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
const create = `mutation ($input: CreateContentInput!) {
  createContent(input: $input) { position content { id slug title status revision tags author { id } } } }`;

describe('lists', () => {
  it.each(['PUBLISHED_NEWEST', 'PUBLISHED_OLDEST', 'UPDATED_NEWEST', 'TITLE_A_TO_Z'])(
    'walks every document once in order %s, drafts included',
    async (sort) => {
      const filter = { tags: [sort] };
      const expected = new Set<string>();
      for (let n = 0; n < 7; n += 1) {
        const publishedAt = n % 3 === 0 ? null : new Date(2026, 0, 1 + (n % 2));
        expected.add(await world.a.document({ title: `Same ${n % 2}`, tags: [sort], publishedAt }));
      }
      await world.b.document({ tags: [sort] });
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const { data } = await a.ask(page, { first: 2, after, sort, filter });
        seen.push(...data.contents.nodes.map((node) => node.id));
        after = data.contents.pageInfo.hasNextPage ? data.contents.pageInfo.endCursor : null;
      } while (after);
      expect(seen).toHaveLength(7);
      expect(new Set(seen)).toEqual(expected);
    },
  );

  it('lists what is published last first and drafts last', async () => {
    const tags = ['order'];
    const old = await world.a.document({ tags, publishedAt: new Date('2025-01-01') });
    const draft = await world.a.document({ tags, publishedAt: null });
    const recent = await world.a.document({ tags, publishedAt: new Date('2026-06-01') });
    const { data } = await a.ask(page, { first: 10, filter: { tags } });
    expect(data.contents.nodes.map((node) => node.id)).toEqual([recent, old, draft]);
  });

  it.each([
    ['{ contents(first: 0) { nodes { id } } }', 'LIMIT_EXCEEDED', 'from 1 to 100'],
    ['{ contents(first: 101) { nodes { id } } }', 'LIMIT_EXCEEDED', 'from 1 to 100'],
    ['{ contents(after: "rubbish") { nodes { id } } }', 'CURSOR_INVALID', 'not a cursor'],
    ['{ searchContents(text: "  ") { totalCount } }', 'BAD_USER_INPUT', 'empty'],
    [`{ searchContents(text: "${'x'.repeat(501)}") { totalCount } }`, 'BAD_USER_INPUT', '500'],
  ])('refuses %s', async (query, code, message) => {
    const { errors } = await a.ask(query);
    expect(errors?.[0]).toMatchObject({ extensions: { code }, message: expect.stringContaining(message) });
  });

  it('refuses the cursor of another list', async () => {
    const { data } = await a.ask(page, { first: 1, sort: 'UPDATED_NEWEST' });
    const { errors } = await a.ask(page, { sort: 'PUBLISHED_NEWEST', after: data.contents.pageInfo.endCursor });
    expect(errors?.[0]?.extensions?.code).toBe('CURSOR_INVALID');
  });
});

describe('statements', () => {
  it('asks PostgreSQL once a type and level, however long the list', async () => {
    const nested =
      '{ contents(first: 50) { nodes { id author { name contents(first: 2) { nodes { title } } } tenant { name } } } }';
    const { counts, data } = await a.ask(nested);
    expect(data.contents.nodes.length).toBeGreaterThan(5);
    expect(counts.postgres).toBe(4); // documents, people, their documents, the tenant
  });

  it('counts a total only where it is selected', async () => {
    expect((await a.ask('{ contents { nodes { id } } }')).counts.postgres).toBe(1);
    expect((await a.ask('{ contents { totalCount nodes { id } } }')).counts.postgres).toBe(2);
    expect((await a.ask('{ users { nodes { name email role } } }')).counts.postgres).toBe(1);
    expect((await a.ask('{ searchContents(text: "title") { edges { score } } }')).counts.postgres).toBe(1);
  });

  it('resolves any number of entities with one statement a type, and another tenant’s to null', async () => {
    const own = await Promise.all([1, 2, 3].map(() => world.a.document()));
    const foreign = await world.b.document();
    const ids = [...own, foreign, randomUUID(), 'no uuid'];
    const representations = [
      ...ids.map((id) => ({ __typename: 'Content', id })),
      { __typename: 'User', id: world.a.userId },
      { __typename: 'User', id: world.b.userId },
      { __typename: 'Tenant', id: world.b.id },
    ];
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Content { id } ... on User { id } ... on Tenant { id } } }`;
    const { data, counts } = await a.ask(query, { representations });
    const found = data._entities.map((entity) => entity?.id ?? null);
    expect(found).toEqual([...own, null, null, null, world.a.userId, null, null]);
    expect(counts.postgres).toBe(3);
  });

  it('writes a document, its audit and its event in three statements', async () => {
    const { counts } = await a.ask(
      'mutation ($input: CreateContentInput!) { createContent(input: $input) { position } }',
      {
        input: { title: 'Counted', body: '' },
      },
    );
    expect(counts.postgres).toBe(3);
  });
});

describe('writing', () => {
  it('creates a clean document with its audit and its event', async () => {
    const input = {
      title: '  Ça va, München?  ',
      body: 'Hi <script>x</script>\n\n```\n<script>\n```',
      tags: ['a', 'a'],
    };
    const { data } = await a.ask(create, { input });
    const { content, position } = data.createContent;
    expect(content).toMatchObject({ slug: 'ca-va-munchen', title: 'Ça va, München?', status: 'DRAFT', revision: 1 });
    expect(content).toMatchObject({ tags: ['a'], author: { id: world.a.userId } });
    const [event] = await world.superuser<{ payload: { body: string } }>('SELECT payload FROM outbox WHERE id = $1', [
      position,
    ]);
    expect(event?.payload.body).toBe('Hi \n\n```\n<script>\n```');
    const audit = await world.superuser('SELECT action, principal_id FROM audit_log WHERE entity_id = $1', [
      content.id,
    ]);
    expect(audit).toEqual([{ action: 'content.create', principal_id: world.a.userId }]);
  });

  it('tells equal titles apart, and refuses a slug that was asked for and is taken', async () => {
    const input = { title: 'Twice', body: '' };
    const slugs = [await a.ask(create, { input }), await a.ask(create, { input })].map(
      ({ data }) => data.createContent.content.slug,
    );
    expect(slugs).toEqual(['twice', expect.stringMatching(/^twice-[0-9a-f]{8}$/)]);
    const { errors } = await a.ask(create, { input: { ...input, slug: 'twice' } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'slug' });
    expect((await b.ask(create, { input: { ...input, slug: 'twice' } })).errors).toBeUndefined();
  });

  it.each([
    [{ title: '' }, 'BAD_USER_INPUT', '`title` has at least 1'],
    [{ title: 'x'.repeat(301) }, 'BAD_USER_INPUT', '`title` has at most 300'],
    [{ slug: 'Not A Slug' }, 'BAD_USER_INPUT', '`slug`'],
    [{ body: 'a\0b' }, 'BAD_USER_INPUT', 'NUL'],
    [{ title: 'a\0b' }, 'BAD_USER_INPUT', 'NUL'],
    [{ tags: Array.from({ length: 21 }, String) }, 'BAD_USER_INPUT', '`tags` holds at most 20'],
    [{ topics: [{ name: 'x', relevance: 2 }] }, 'BAD_USER_INPUT', 'from 0 to 1'],
    [{ body: 'x'.repeat(5_000_000) }, 'REQUEST_TOO_LARGE', '5000000 bytes of UTF-8; the limit is 1000000'],
  ])('refuses bad input and says why (%#)', async (wrong, code, message) => {
    const { errors } = await a.ask(create, { input: { title: 'T', body: '', ...wrong } });
    expect(errors?.[0]).toMatchObject({ extensions: { code }, message: expect.stringContaining(message) });
  });

  it('changes a document, and refuses a change that was made against an older one', async () => {
    const id = await world.a.document();
    const update = `mutation ($id: ID!, $input: UpdateContentInput!) {
      updateContent(id: $id, input: $input) { content { title revision } } }`;
    const { data } = await a.ask(update, { id, input: { title: 'New', ifRevision: 1 } });
    expect(data.updateContent.content).toEqual({ title: 'New', revision: 2 });
    const { errors } = await a.ask(update, { id, input: { title: 'Late', ifRevision: 1 } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', revision: 2 });
  });

  it('publishes, deletes and restores, each time telling the other stores', async () => {
    const id = await world.a.document({ publishedAt: null });
    const doIt = (action: string) =>
      a.ask(`mutation ($id: ID!) { ${action}(id: $id) { content { status revision publishedAt deletedAt } } }`, { id });
    const published = (await doIt('publishContent')).data.publishContent.content;
    expect(published).toMatchObject({ status: 'PUBLISHED', revision: 2, publishedAt: expect.any(String) });
    expect((await doIt('deleteContent')).data.deleteContent.content.deletedAt).toEqual(expect.any(String));
    expect((await a.ask('query ($id: ID!) { content(id: $id) { id } }', { id })).data.content).toBeNull();
    expect((await doIt('deleteContent')).errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
    expect((await doIt('restoreContent')).data.restoreContent.content).toMatchObject({ revision: 4, deletedAt: null });
    const events = await world.superuser<{ kind: string }>(
      'SELECT kind FROM outbox WHERE entity_id = $1 ORDER BY position',
      [id],
    );
    expect(events.map(({ kind }) => kind)).toEqual(['content.saved', 'content.deleted', 'content.saved']);
  });

  it('answers a change of another tenant’s document as one of a document that never was', async () => {
    const foreign = await world.b.document();
    const answers = ['updateContent', 'publishContent', 'deleteContent', 'restoreContent'].flatMap((action) =>
      [foreign, randomUUID()].map(async (id) => {
        const input = action === 'updateContent' ? ', input: { title: "Taken" }' : '';
        const { errors } = await a.ask(`mutation { ${action}(id: "${id}"${input}) { position } }`);
        return JSON.stringify(errors?.map(({ message, extensions }) => [message, extensions]));
      }),
    );
    expect(new Set(await Promise.all(answers))).toHaveLength(1);
    expect(await answers[0]).toContain('NOT_FOUND');
  });
});

describe('search', () => {
  it('finds the tenant’s own words in bodies, best first, and marks them', async () => {
    const strong = await world.a.document({ title: 'Zebras', body: 'zebra zebra' });
    const weak = await world.a.document({ title: 'Horses', body: 'Not quite a zebra, as one can see.' });
    await world.b.document({ title: 'Zebra', body: 'zebra' });
    const query = `query ($after: String) { searchContents(text: "zebra", first: 1, after: $after) {
      totalCount edges { node { id } score highlight } pageInfo { hasNextPage endCursor } } }`;
    const first = (await a.ask(query)).data.searchContents;
    expect(first).toMatchObject({ totalCount: 2, edges: [{ node: { id: strong } }] });
    const second = (await a.ask(query, { after: first.pageInfo.endCursor })).data.searchContents;
    expect(second).toMatchObject({ edges: [{ node: { id: weak } }], pageInfo: { hasNextPage: false } });
    expect(second.edges[0]?.highlight).toContain('«zebra»');
  });

  it.each(['"unclosed', "it's -- a '; drop", 'the and of', '!!! & | <->', '中文 текст 🦓'])(
    'takes any text as words: %s',
    async (text) => {
      const query = 'query ($text: String!) { searchContents(text: $text) { totalCount } }';
      expect((await a.ask(query, { text })).errors).toBeUndefined();
    },
  );
});
