import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocuments } from '#operations/projections/documents';
import { recordEvents } from '#stores/mongo/events';
import { contentDeleted, contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let call: ReturnType<typeof createContentCaller>;
const tenantId = randomUUID();
const userId = randomUUID();
const now = new Date('2026-03-15T12:00:00Z');
const ids = Array.from({ length: 100 }, () => randomUUID());
const [id = ''] = ids;

beforeAll(async () => {
  world = await openTestMongo();
  call = createContentCaller(world.mongo, () => now);
  const mongo = world.tenant(tenantId);
  await projectDocuments(
    mongo,
    ids.map((content) => contentSaved(content, 1, `# One\n\nThe body of ${content}.`)),
  );
  await projectDocuments(
    mongo,
    ids.map((content) => contentSaved(content, 2, `# Two\n\n<script>x()</script>The body of ${content}.`)),
  );
  const day = (days: number) => new Date(now.getTime() - days * 86_400_000);
  await recordEvents(
    mongo,
    ids.flatMap((contentId, index) => [
      { kind: 'VIEW', contentId, userId, at: day(0), idempotencyKey: `view/${index}/today` },
      { kind: 'VIEW', contentId, at: day(6), idempotencyKey: `view/${index}/6days` },
      { kind: 'CLICK', contentId, at: day(20), idempotencyKey: `click/${index}/20` },
    ]),
  );
});
afterAll(() => world.close());

const ENTITIES = `query ($keys: [_Any!]!) { _entities(representations: $keys) { __typename
  ... on Content { id body bodyHtml excerpt(length: 20) wordCount versionCount versions(first: 1) { number title }
    views month: views(days: 30) performance(days: 7) { day views clicks } } } }`;
const keys = (list: readonly string[]) => ({ keys: list.map((key) => ({ __typename: 'Content', id: key })) });
type Entities = Record<string, unknown>[];

test('a reference gives the body, what follows from it, and how it was read', async () => {
  const { data, errors } = await call({ tenantId }, ENTITIES, keys([id]));
  expect(errors).toBeUndefined();
  expect((data._entities as Entities)[0]).toMatchObject({
    body: `# Two\n\n<script>x()</script>The body of ${id}.`,
    excerpt: expect.stringMatching(/^Two The body of.*…$/),
    versionCount: 2,
    versions: [{ number: 2, title: 'A title' }],
    views: 2,
    month: 2,
  });
});

test('HTML of a body holds nothing that runs', async () => {
  const { data } = await call({ tenantId }, ENTITIES, keys([id]));
  const html = String((data._entities as Entities)[0]?.bodyHtml);
  expect(html).toContain('<h1>Two</h1>');
  expect(html).not.toMatch(/script|x\(\)/);
});

test('performance has a row for each day, oldest first, quiet days included', async () => {
  const { data } = await call({ tenantId }, ENTITIES, keys([id]));
  const rows = (data._entities as { performance: Entities }[])[0]?.performance ?? [];
  expect(rows.map(({ day }) => day)).toEqual(
    [9, 10, 11, 12, 13, 14, 15].map((day) => `2026-03-${String(day).padStart(2, '0')}`),
  );
  expect(rows.map(({ views }) => views)).toEqual([1, 0, 0, 0, 0, 0, 1]);
});

test('a hundred references cost the commands of one: one a collection', async () => {
  const one = await call({ tenantId }, ENTITIES, keys([id]));
  const many = await call({ tenantId }, ENTITIES, keys(ids));
  expect((many.data._entities as Entities).every(({ views, versionCount }) => views === 2 && versionCount === 2)).toBe(
    true,
  );
  expect(one.counts.mongo).toBe(3);
  expect(many.counts).toEqual(one.counts);
});

test('an id alone costs no command, and a body costs one', async () => {
  const select = (fields: string) =>
    `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Content { ${fields} } } }`;
  expect((await call({ tenantId }, select('id'), keys(ids))).counts.mongo).toBe(0);
  expect((await call({ tenantId }, select('body wordCount excerpt'), keys(ids))).counts.mongo).toBe(1);
});

test('what the tenant does not have is null, be it another tenant’s, deleted, not projected or no id at all', async () => {
  const [deleted, bare] = [randomUUID(), randomUUID()];
  const mongo = world.tenant(tenantId);
  await projectDocuments(mongo, [contentSaved(deleted, 1, 'gone'), contentSaved(bare, 1)]);
  await projectDocuments(mongo, [contentDeleted(deleted, 2)]);
  const nothing = {
    body: null,
    bodyHtml: null,
    excerpt: null,
    wordCount: null,
    versionCount: null,
    versions: null,
    views: null,
    performance: null,
  };
  const own = await call({ tenantId }, ENTITIES, keys([deleted, bare, randomUUID(), 'no id']));
  const foreign = await call({ tenantId: randomUUID() }, ENTITIES, keys([id]));
  expect([own.errors, foreign.errors]).toEqual([undefined, undefined]);
  for (const entity of [...(own.data._entities as Entities), ...(foreign.data._entities as Entities)]) {
    expect(entity).toMatchObject(nothing);
  }
});

test('people’s recent events are one command for all of them', async () => {
  const query = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on User { recentEvents(first: 3) { kind at user { id } content { id } } } } }`;
  const users = [userId, randomUUID(), randomUUID()].map((user) => ({ __typename: 'User', id: user }));
  const { data, counts, errors } = await call({ tenantId }, query, { keys: users });
  expect(errors).toBeUndefined();
  expect(counts.mongo).toBe(1);
  expect((data._entities as { recentEvents: Entities }[]).map(({ recentEvents }) => recentEvents.length)).toEqual([
    3, 0, 0,
  ]);
  expect((data._entities as { recentEvents: Entities }[])[0]?.recentEvents[0]).toMatchObject({
    kind: 'VIEW',
    user: { id: userId },
  });
});

test('a tenant counts its own documents and events, and is not another one', async () => {
  const query = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Tenant { id documentCount week: eventCount eventCount(days: 30) } } }`;
  const tenants = [tenantId, randomUUID()].map((tenant) => ({ __typename: 'Tenant', id: tenant }));
  const { data } = await call({ tenantId }, query, { keys: tenants });
  expect((data._entities as Entities)[0]).toMatchObject({ id: tenantId, week: 200, eventCount: 300 });
  expect((data._entities as Entities)[1]).toBeNull();
});

test.each([
  ['views(days: 91)', 'days'],
  ['performance(days: 0)', 'days'],
  ['excerpt(length: 2001)', 'length'],
  ['versions(first: 101)', 'first'],
])('%s names its limit', async (field, argument) => {
  const query = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Content { id ${field.includes('performance') ? `${field} { day }` : field.includes('versions') ? `${field} { number }` : field} } } }`;
  const { errors, data } = await call({ tenantId }, query, keys([id]));
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', argument });
  expect((data._entities as Entities)[0]).toMatchObject({ id });
});

test('the most viewed documents come first', async () => {
  const mongo = world.tenant(tenantId);
  await recordEvents(mongo, [{ kind: 'VIEW', contentId: ids[7], at: now, idempotencyKey: 'makes-it-first' }]);
  const { data, counts } = await call({ tenantId }, '{ topContents(first: 2) { views content { id } } }');
  expect((data.topContents as Entities)[0]).toEqual({ views: 3, content: { id: ids[7] } });
  expect(data.topContents as Entities).toHaveLength(2);
  expect(counts.mongo).toBe(2);
});
