import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocument } from '#operations/projections/documents';
import { recordEvents } from '#stores/mongo/events';
import { contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let call: ReturnType<typeof createContentCaller>;
const tenantId = randomUUID();
const contentId = randomUUID();
const now = new Date('2026-03-15T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

beforeAll(async () => {
  world = await openTestMongo();
  call = createContentCaller(world.mongo, () => now);
  const mongo = world.tenant(tenantId);
  await projectDocument(mongo, contentSaved(contentId, 1, 'a body'));
  // Several events share a moment, so that only the second key of the sort tells them apart.
  await recordEvents(
    mongo,
    Array.from({ length: 25 }, (_, index) => ({
      kind: index % 2 ? 'VIEW' : 'SHARE',
      contentId,
      at: ago(Math.floor(index / 5)),
      idempotencyKey: `listed-${index}`,
    })),
  );
});
afterAll(() => world.close());

const PAGE = `query ($after: String, $filter: EventFilter) { events(first: 10, after: $after, filter: $filter) {
  nodes { id kind at content { id } } edges { cursor } pageInfo { hasNextPage endCursor } } }`;
interface Page {
  nodes: { id: string; kind: string; at: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
const page = async (after: string | null, filter: object = {}): Promise<Page> => {
  const { data, errors } = await call({ tenantId }, PAGE, { after, filter });
  expect(errors).toBeUndefined();
  return data.events as Page;
};

test('pages of events hold each event once, newest first', async () => {
  const seen: Page['nodes'] = [];
  let after: string | null = null;
  do {
    const { nodes, pageInfo }: Page = await page(after);
    seen.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(25);
  expect(seen.map(({ at }) => at)).toEqual(
    seen
      .map(({ at }) => at)
      .sort()
      .reverse(),
  );
});

test('events are filtered by kind and time', async () => {
  expect((await page(null, { kind: 'VIEW' })).nodes.every(({ kind }) => kind === 'VIEW')).toBe(true);
  expect((await page(null, { from: ago(1).toISOString() })).nodes).toHaveLength(10);
  expect((await page(null, { to: ago(3).toISOString() })).nodes).toHaveLength(5);
  expect((await page(null, { contentId: randomUUID() })).nodes).toHaveLength(0);
  expect((await page(null, { contentId: contentId.toUpperCase() })).nodes).not.toHaveLength(0);
});

test.each(['', 'x', '{"$ne":null}'])('%j as id of a document finds nothing, like an unknown one', async (id) => {
  expect((await page(null, { contentId: id })).nodes).toEqual([]);
  const { errors } = await record({ contentId: id });
  expect(errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
});

test.each([
  ['an inverted span', { filter: { from: ago(1), to: ago(2) } }, 'BAD_USER_INPUT'],
  ['a span of a year', { filter: { from: '2025-03-15T00:00:00Z' } }, 'LIMIT_EXCEEDED'],
  ['an object as id', { filter: { contentId: { $ne: null } } }, 'BAD_USER_INPUT'],
  ['a cursor that was made up', { after: 'abc' }, 'CURSOR_INVALID'],
])('%s is refused', async (_, variables, code) => {
  const { errors } = await call({ tenantId }, PAGE, variables);
  expect(errors?.[0]?.extensions?.code).toBe(code);
});

test('another tenant sees none of the events, by list or by cursor', async () => {
  const { pageInfo } = await page(null);
  const { data } = await call({ tenantId: randomUUID() }, PAGE, { after: pageInfo.endCursor });
  expect((data.events as Page).nodes).toEqual([]);
});

const RECORD = `mutation ($input: RecordEventInput!) { recordEvent(input: $input) {
  recorded event { id kind at content { id } user { id } properties } } }`;
const record = (input: object, who: object = {}) =>
  call({ tenantId, ...who }, RECORD, { input: { kind: 'CLICK', idempotencyKey: randomUUID(), ...input } });

test('an event is recorded once, with the principal as its person', async () => {
  const principal = { kind: 'user', id: randomUUID() } as const;
  const input = { contentId, idempotencyKey: 'recorded-once', properties: { source: 'mail', nth: 2 } };
  const first = await record(input, { principal });
  const again = await record(input, { principal });
  expect(first.data.recordEvent).toMatchObject({
    recorded: true,
    event: {
      kind: 'CLICK',
      at: now.toISOString(),
      content: { id: contentId },
      user: { id: principal.id },
      properties: input.properties,
    },
  });
  expect(again.data.recordEvent).toMatchObject({
    recorded: false,
    event: (first.data.recordEvent as { event: object }).event,
  });
});

test('an event by an API key has no person', async () => {
  const { data } = await record({}, { principal: { kind: 'apiKey', id: randomUUID() } });
  expect(data.recordEvent).toMatchObject({ event: { user: null, content: null } });
});

test.each([
  ['a short key', { idempotencyKey: 'short' }, /idempotencyKey.*8 to 128/],
  ['a key with a line break', { idempotencyKey: 'with\nline-break' }, /idempotencyKey/],
  ['the future', { at: ago(-2) }, /future/],
  ['a hundred days ago', { at: ago(100 * 1440) }, /90 days/],
  ['an operator as property', { properties: { $where: '1' } }, /properties/],
  ['a path as property', { properties: { 'a.b': 1 } }, /properties/],
  ['__proto__', { properties: JSON.parse('{"__proto__": 1}') }, /__proto__/],
  ['a nested property', { properties: { a: { b: 1 } } }, /properties/],
  ['a list of properties', { properties: [1] }, /JSON object/],
  [
    'many properties',
    { properties: Object.fromEntries(Array.from({ length: 21 }, (_, key) => [`k${key}`, 1])) },
    /20 keys/,
  ],
  ['a large property', { properties: { a: 'x'.repeat(5_000) } }, /4 kB/],
])('an event with %s is refused and says why', async (_, input, message) => {
  const { errors } = await record(input);
  expect(errors?.[0]?.message).toMatch(message);
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
});

test('a document of another tenant and one that never was are refused alike', async () => {
  const stranger = await record({ contentId }, { tenantId: randomUUID() });
  const unknown = await record({ contentId: randomUUID() });
  expect(stranger.errors?.[0]).toEqual(unknown.errors?.[0]);
  expect(unknown.errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
});

test('a viewer reads events and records none', async () => {
  const { errors } = await record({}, { role: 'VIEWER' });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScopes: ['analytics:write'] });
});
