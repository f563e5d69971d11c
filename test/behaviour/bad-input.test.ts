import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Population, populate } from '#test/kit/population';
import { expectRefusal, type Refusal } from '#test/kit/refusal';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

let tenant: TestTenant;
let held: Population;
let before: unknown;

const ask = (query: string, variables: Record<string, unknown> = {}) => tenant.as('OWNER').query(query, variables);
const wrong = (...says: Refusal['says']): Refusal => ({ code: 'BAD_USER_INPUT', says });
const refused400 = (...says: Refusal['says']): Refusal => ({ status: 400, code: 'BAD_USER_INPUT', says });
const outside = (...says: Refusal['says']): Refusal => ({ code: 'LIMIT_EXCEEDED', says });

/** All that the tenant holds: read without an error after each refusal, and found unchanged. */
async function state(): Promise<unknown> {
  const { data, errors } = await ask(`{
    contents(sort: TITLE_A_TO_Z) { totalCount nodes { id title revision tags body topics { totalCount } } }
    events { nodes { id } } topics { nodes { id name } } competitors { totalCount } }`);
  expect(errors).toEqual([]);
  return data;
}

describe('bad input', () => {
  const world = useWorld();
  beforeAll(async () => {
    tenant = await createTenant(world);
    held = await populate(tenant, 2);
    before = await state();
  });
  afterEach(async () => expect(await state()).toEqual(before));

  describe('ids', () => {
    const NO_IDS = ['', 'nonsense', '{"$ne": null}', "' OR 1=1 --", 'x'.repeat(5_000)];
    const LOOKUPS = ['content', 'user', 'topic', 'keyword', 'concept', 'audience', 'competitor'];
    const CHANGES = [
      'updateContent(id: $id, input: { title: "x" }) { position }',
      'publishContent(id: $id) { position }',
      'deleteContent(id: $id) { position }',
      'restoreContent(id: $id) { position }',
      'linkTopic(contentId: $id, topic: { name: "x" }) { relevance }',
      'unlinkTopic(contentId: $id, topicId: $id) { unlinked }',
      'recordEvent(input: { kind: VIEW, contentId: $id, idempotencyKey: "never-written" }) { recorded }',
    ];

    test.each(NO_IDS)('%j names nothing, as an unknown one does, wherever it is asked for', async (id) => {
      const lookups = LOOKUPS.map((field) => `${field}(id: $id) { id }`).join(' ');
      const lists =
        'contents(filter: { authorId: $id }) { totalCount } a: events(filter: { contentId: $id }) { nodes { id } }';
      const more = 'b: events(filter: { userId: $id }) { nodes { id } }';
      const { data, errors } = await ask(`query ($id: ID!) { ${lookups} ${lists} ${more} }`, { id });
      expect(errors).toEqual([]);
      const nothing = Object.fromEntries(LOOKUPS.map((field) => [field, null]));
      expect(data).toEqual({ ...nothing, contents: { totalCount: 0 }, a: { nodes: [] }, b: { nodes: [] } });
    });

    test.each(CHANGES)('that name nothing are NOT_FOUND in %s', async (change) => {
      const unknown = await ask(`mutation ($id: ID!) { ${change} }`, { id: randomUUID() });
      for (const id of NO_IDS) {
        const answer = await ask(`mutation ($id: ID!) { ${change} }`, { id });
        expectRefusal(answer, { code: 'NOT_FOUND', says: ['document'] });
        expect(answer.errors[0]?.message).toBe(unknown.errors[0]?.message);
      }
    });

    test('are the same in capitals', async () => {
      const query = `query ($content: ID!, $topic: ID!) { content(id: $content) { id body } topic(id: $topic) { name }
        events(filter: { contentId: $content }) { nodes { id } } }`;
      const [content, topic] = [held.contentIds[0], held.topicIds[0]];
      const lower = await ask(query, { content, topic });
      const upper = await ask(query, { content: content?.toUpperCase(), topic: topic?.toUpperCase() });
      expect(upper.data).toEqual(lower.data);
      expect(lower.data).toMatchObject({ content: { id: content }, events: { nodes: [{}, {}] } });
    });
  });

  describe('arguments', () => {
    test.each<[string, string, unknown, Refusal]>([
      ['Int', 'contents(first: $value)', 'ten', refused400('$value', 'Int')],
      ['Int', 'contents(first: $value)', 1e10, refused400('$value', '32-bit')],
      ['Int', 'contents(first: $value)', 1.5, refused400('$value', 'Int')],
      ['ContentSort', 'contents(sort: $value)', 'RANDOM', refused400('$value', 'ContentSort')],
      ['ContentFilter', 'contents(filter: $value)', { wisdom: 1 }, refused400('$value', 'wisdom')],
      ['ContentFilter', 'contents(filter: $value)', { authorId: { $ne: null } }, refused400('authorId', 'ID')],
      [
        'DateTime',
        'contents(filter: { publishedAfter: $value })',
        'yesterday',
        wrong('$value', 'DateTime', '2026-01-31T12:00:00Z'),
      ],
      ['DateTime', 'contents(filter: { publishedAfter: $value })', '0000-01-01T00:00:00Z', wrong('years 1000 to 9999')],
      ['DateTime', 'contents(filter: { publishedAfter: $value })', '2026-02-30T00:00:00Z', wrong('DateTime')],
      ['DateTime', 'events(filter: { to: $value })', 'now', wrong('$value', 'DateTime')],
      [
        'DateTime',
        'events(filter: { from: "2026-01-01T00:00:00Z", to: $value })',
        '2025-01-01T00:00:00Z',
        wrong('filter.from', 'before'),
      ],
      ['DateTime', 'events(filter: { from: $value })', '2020-01-01T00:00:00Z', outside('90 days')],
      ['String!', 'searchContents(text: $value)', '  ', wrong('`text` is empty')],
      ['String!', 'searchContents(text: $value)', 'x'.repeat(10_000), wrong('`text`', '500')],
      ['String', 'contents(filter: { titleContains: $value })', 'x'.repeat(301), wrong('titleContains', '300')],
      ['[String!]', 'contents(filter: { tags: $value })', Array(21).fill('x'), wrong('tags', '20')],
    ])('%s for %s as %j', async (type, field, value, refusal) => {
      expectRefusal(await ask(`query ($value: ${type}) { ${field} { pageInfo { endCursor } } }`, { value }), refusal);
    });

    const LISTS = ['contents', 'users', 'events', 'topics', 'keywords', 'searchContents'];
    const field = (list: string, args: string) =>
      `${list}(${list === 'searchContents' ? 'text: "graph", ' : ''}${args})`;

    test.each(LISTS)('no page of %s has 0, -1, 101 or a thousand million rows', async (list) => {
      for (const first of [0, -1, 101, 1e9]) {
        const query = `query ($first: Int) { ${field(list, 'first: $first')} { pageInfo { endCursor } } }`;
        expectRefusal(await ask(query, { first }), outside('`first`', '1 to 100', String(first)));
      }
    });

    test.each(LISTS)('no page of %s is behind what is no cursor of it', async (list) => {
      const { data } = await ask('{ contents { pageInfo { endCursor } } topics { pageInfo { endCursor } } }');
      const cursors = data as Record<string, { pageInfo: { endCursor: string } }>;
      const other = cursors[list === 'contents' ? 'topics' : 'contents']?.pageInfo.endCursor;
      for (const after of ['', 'garbage!', 'Zm9v', 'x'.repeat(5_000), other]) {
        const query = `query ($after: String) { ${field(list, 'after: $after')} { pageInfo { endCursor } } }`;
        expectRefusal(await ask(query, { after }), { code: 'CURSOR_INVALID', says: ['`after`'] });
      }
    });

    test.each([
      ['days', 'views(days: $value)', [0, 91], '1 to 90'],
      ['days', 'performance(days: $value) { day }', [0, 91], '1 to 90'],
      ['length', 'excerpt(length: $value)', [0, 5_000], '1 to 2000'],
      ['first', 'versions(first: $value) { number }', [0, 101], '1 to 100'],
      ['first', 'similar(first: $value) { score }', [0, 101], '1 to 100'],
      ['first', 'topics(first: $value) { totalCount }', [0, 101], '1 to 100'],
    ])('%s out of bounds in %s costs that field only', async (name, selection, values, bounds) => {
      for (const value of values) {
        const query = `query ($id: ID!, $value: Int) { content(id: $id) { title ${selection} } }`;
        const answer = await ask(query, { id: held.contentIds[1], value });
        expectRefusal(answer, outside(`\`${name}\``, bounds));
        expect(answer.data).toMatchObject({ content: { title: expect.stringContaining(tenant.canary) } });
      }
    });

    test.each(['" \' OR - & | ! ( )', ':*', '<->', "'; DROP TABLE contents; --", 'the of and'])(
      'a search for %s finds nothing and breaks nothing',
      async (text) => {
        const { data, errors } = await ask('query ($text: String!) { searchContents(text: $text) { totalCount } }', {
          text,
        });
        expect({ data, errors }).toEqual({ data: { searchContents: { totalCount: 0 } }, errors: [] });
      },
    );
  });

  describe('text that no store can keep is refused by name, with', () => {
    test.each([
      ['a NUL', 'a\0b', 'NUL'],
      ['half of a surrogate pair', 'a\ud800b', 'surrogate'],
    ])('%s', async (_, text, says) => {
      const create = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { position } }';
      const link =
        'mutation ($id: ID!, $name: String!) { linkTopic(contentId: $id, topic: { name: $name }) { relevance } }';
      const record = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { recorded } }';
      const event = { kind: 'VIEW', idempotencyKey: 'never-written' };
      const slug = 'query ($slug: String!) { contentBySlug(slug: $slug) { id } }';
      expectRefusal(await ask(create, { input: { title: text, body: 'x' } }), refused400('$input.title', says));
      expectRefusal(await ask(create, { input: { title: 'x', body: text } }), refused400('$input.body', says));
      expectRefusal(
        await ask(create, { input: { title: 'x', body: 'x', tags: [text] } }),
        refused400('$input.tags.0', says),
      );
      expectRefusal(await ask(link, { id: held.contentIds[0], name: text }), refused400('$name', says));
      expectRefusal(
        await ask(record, { input: { ...event, properties: { a: text } } }),
        refused400('properties.a', says),
      );
      expectRefusal(
        await ask(record, { input: { ...event, properties: { [text]: 1 } } }),
        refused400('properties', says),
      );
      expectRefusal(await ask(slug, { slug: text }), refused400('$slug', says));
    });

    test('a NUL written into the operation', async () => {
      expectRefusal(
        await ask('{ contentBySlug(slug: "a\\u0000b") { id } }'),
        refused400('text in the operation', 'NUL'),
      );
    });
  });
});
