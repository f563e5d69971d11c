import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '#test/kit/client';
import { type Population, populate, untilFresh } from '#test/kit/population';
import { expectRefusal, type Refusal } from '#test/kit/refusal';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

let tenant: TestTenant;
let held: Population;
let before: unknown;

const run = (query: string, variables: Record<string, unknown>): Promise<Answer> =>
  tenant.as('OWNER').query(query, variables);
const create = (input: object) =>
  run('mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id slug } } }', {
    input: { title: 'Never written', body: 'x', ...input },
  });
const update = (input: object) =>
  run('mutation ($id: ID!, $input: UpdateContentInput!) { updateContent(id: $id, input: $input) { position } }', {
    ...{ id: held.contentIds[0], input },
  });
const record = (input: object) =>
  run('mutation ($input: RecordEventInput!) { recordEvent(input: $input) { recorded } }', {
    input: { kind: 'VIEW', idempotencyKey: randomUUID(), ...input },
  });
const link = (topic: object) =>
  run('mutation ($id: ID!, $topic: LinkTopicInput!) { linkTopic(contentId: $id, topic: $topic) { relevance } }', {
    ...{ id: held.contentIds[0], topic },
  });
const wrong = (...says: Refusal['says']): Refusal => ({ code: 'BAD_USER_INPUT', says });
const unfit = (...says: Refusal['says']): Refusal => ({ status: 400, code: 'BAD_USER_INPUT', says });

async function state(): Promise<unknown> {
  const { data, errors } = await run(STATE, {});
  expect(errors).toEqual([]);
  return data;
}
const STATE = `{ contents(sort: TITLE_A_TO_Z) { totalCount nodes { id slug title revision tags topics { totalCount } } }
  events { nodes { id } } topics { nodes { name } } competitors { totalCount } freshness { pending dead } }`;

describe('a change that is refused says why and changes nothing:', () => {
  const world = useWorld();
  beforeAll(async () => {
    tenant = await createTenant(world);
    held = await populate(tenant, 2);
    before = await state();
  });
  afterEach(async () => expect(await state()).toEqual(before));

  const many = (count: number) => Array.from({ length: count }, (_, index) => `word ${index}`);

  test.each<[string, object, Refusal]>([
    ['a title of 301 characters', { title: 'x'.repeat(301) }, wrong('`title`', '300')],
    ['an empty title', { title: '' }, wrong('`title`', 'at least 1')],
    ['a blank title', { title: ' \n\t' }, wrong('`title`', 'at least 1')],
    ['no title', { title: undefined }, unfit('title', 'not provided')],
    ['a title that is a number', { title: 5 }, unfit('input.title', 'String')],
    ['an unknown field', { wisdom: 1 }, unfit('wisdom', 'not defined')],
    ['a slug in capitals', { slug: 'Upper' }, wrong('`slug`', 'a-z')],
    ['a slug that is a path', { slug: '../etc' }, wrong('`slug`', 'a-z')],
    ['a slug of 121 characters', { slug: 'x'.repeat(121) }, wrong('`slug`', '120')],
    ['an empty slug', { slug: '' }, wrong('`slug`', '1 to 120')],
    ['a long summary', { summary: 'x'.repeat(2_001) }, wrong('`summary`', '2000')],
    ['21 tags', { tags: many(21) }, wrong('`tags`', '20')],
    ['51 keywords', { keywords: many(51) }, wrong('`keywords`', '50')],
    ['a topic without a name', { topics: [{ name: ' ' }] }, wrong('topics.0.name', 'empty')],
    ['a topic of relevance 2', { topics: [{ name: 'x', relevance: 2 }] }, wrong('topics.0.relevance', '0 to 1')],
    [
      'a body of 1,000,001 bytes',
      { body: 'x'.repeat(1_000_001) },
      { code: 'REQUEST_TOO_LARGE', says: ['`body`', '1000000'] },
    ],
    [
      'a body of 5 MB',
      { body: 'x'.repeat(5_000_000) },
      { status: 413, code: 'REQUEST_TOO_LARGE', says: ['2000000 bytes'] },
    ],
  ])('a document with %s', async (_, input, refusal) => {
    expectRefusal(await create(input), refusal);
  });

  test('a document whose slug is taken', async () => {
    const slug = `${tenant.canary}-document-0`;
    expectRefusal(await create({ slug }), { code: 'CONFLICT', says: [slug, 'choose another'] });
  });

  test.each<[string, object, Refusal]>([
    ['an old revision', { ifRevision: 99, title: 'x' }, { code: 'CONFLICT', says: ['moved on', /revision \d+/] }],
    ['a blank title', { title: ' ' }, wrong('`title`')],
    ['a revision that is a text', { ifRevision: '1' }, unfit('ifRevision', 'Int')],
  ])('an update with %s', async (_, input, refusal) => {
    expectRefusal(await update(input), refusal);
  });

  const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString();

  test.each<[string, object, Refusal]>([
    ['a short key', { idempotencyKey: 'short' }, wrong('`idempotencyKey`', '8 to 128')],
    ['a key with a blank', { idempotencyKey: 'with a blank' }, wrong('`idempotencyKey`', 'without spaces')],
    ['tomorrow', { at: days(1) }, wrong('`at`', 'future')],
    ['a time long ago', { at: days(-91) }, wrong('`at`', '90 days')],
    ['a time that is none', { at: 'now' }, wrong('input.at', 'DateTime')],
    ['an unknown kind', { kind: 'PEEK' }, unfit('input.kind', 'EventKind')],
    ['an operator as property', { properties: { $where: '1' } }, wrong('`properties`', 'leading `$`')],
    ['a path as property', { properties: { 'a.b': 1 } }, wrong('`properties`', 'dots')],
    ['a property "constructor"', { properties: { constructor: 1 } }, wrong('`properties`', 'constructor')],
    ['a property with an object', { properties: { a: { $gt: '' } } }, wrong('`properties`', 'texts, numbers')],
    ['a list of properties', { properties: [1] }, wrong('`properties`', 'JSON object')],
    ['21 properties', { properties: Object.fromEntries(many(21).map((word) => [word, 1])) }, wrong('20 keys')],
    ['properties of 5 kB', { properties: { a: 'x'.repeat(5_000) } }, wrong('`properties`', '4 kB')],
  ])('an event with %s', async (_, input, refusal) => {
    expectRefusal(await record(input), refusal);
  });

  test.each<[string, object, Refusal]>([
    ['without a name', { name: ' ' }, wrong('`topic.name`', '1 to 100')],
    ['with a long name', { name: 'x'.repeat(101) }, wrong('`topic.name`', '1 to 100')],
    ['of relevance 2', { name: 'x', relevance: 2 }, wrong('`topic.relevance`', '0 to 1')],
    ['of relevance -1', { name: 'x', relevance: -1 }, wrong('`topic.relevance`', '0 to 1')],
  ])('a topic %s', async (_, topic, refusal) => {
    expectRefusal(await link(topic), refusal);
  });

  test('a competitor with 51 topics, or without a name', async () => {
    const cover =
      'mutation ($name: String!, $topics: [String!]!) { coverTopics(competitor: $name, topics: $topics) { competitor { id } } }';
    expectRefusal(await run(cover, { name: 'x', topics: many(51) }), {
      code: 'LIMIT_EXCEEDED',
      says: ['`topics`', '50'],
    });
    expectRefusal(await run(cover, { name: ' ', topics: [] }), wrong('`competitor`', '1 to 100'));
  });
});

describe('HTML in a body', () => {
  const world = useWorld();

  test('is stored without what would run, and code that shows it stays', async () => {
    tenant = await createTenant(world);
    const { data, errors } = await create({ title: 'Sanitised', body: HOSTILE });
    expect(errors).toEqual([]);
    await untilFresh(tenant);
    const { id } = (data as { createContent: { content: { id: string } } }).createContent.content;
    const answer = await run('query ($id: ID!) { content(id: $id) { body bodyHtml excerpt } }', { id });
    const { body, bodyHtml } = (answer.data as { content: Record<'body' | 'bodyHtml', string> }).content;
    const [prose = '', code = ''] = body.split('```html');
    for (const text of [prose, bodyHtml]) {
      expect(text).not.toMatch(/<script|<iframe|<svg|onerror|onload|onclick|javascript:|data:text/i);
    }
    expect(code).toContain('<script>alert("shown, not run")</script>');
    expect(bodyHtml).toContain('&lt;script&gt;alert("shown, not run")&lt;/script&gt;');
    expect(bodyHtml).toMatch(/<strong>kept<\/strong>.*<a href="https:\/\/example.com\/"/s);
  });
});

const HOSTILE = `# Title

<script>alert(1)</script> **kept** <img src=x onerror="alert(2)"> [fine](https://example.com/)
[link](javascript:alert(3)) [other](JaVaScRiPt&#58;alert(4)) <a href="data:text/html,<script>alert(5)</script>">x</a>
<svg onload=alert(6)></svg><iframe src="javascript:alert(7)"></iframe><div onclick="alert(8)">y</div>
<scr<script></script>ipt>alert(9)</script>

\`\`\`html
<script>alert("shown, not run")</script>
\`\`\`
`;
