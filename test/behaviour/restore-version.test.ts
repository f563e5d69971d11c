import { beforeAll, expect, test } from 'vitest';
import type { Answer } from '#test/kit/client';
import { untilFresh } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

let own: TestTenant;
let other: TestTenant;
let id: string;

beforeAll(async () => {
  const world = useWorld();
  [own, other] = await Promise.all([createTenant(world), createTenant(world)]);
  const { data, errors } = await own
    .as('EDITOR')
    .query(CREATE, { input: { title: 'A text', body: 'the first zebra' } });
  if (!data) throw new Error(JSON.stringify(errors));
  id = (data as { createContent: { content: { id: string } } }).createContent.content.id;
  await own.as('EDITOR').query(UPDATE, { id, input: { body: 'the second gnu' } });
  await untilFresh(own);
}, 60_000);

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateContentInput!) { updateContent(id: $id, input: $input) { content { id } } }';
const RESTORE = `mutation ($id: ID!, $number: Int!, $if: Int) {
  restoreVersion(contentId: $id, number: $number, ifRevision: $if) { content { revision } position } }`;
const READ = `query ($id: ID!) { content(id: $id) { revision body versionCount versions { number } }
  searchContents(text: "zebra") { totalCount } }`;
const restore = (tenant: TestTenant, number: number, ifRevision?: number, role: 'EDITOR' | 'VIEWER' = 'EDITOR') =>
  tenant.as(role).query(RESTORE, { id, number, if: ifRevision ?? null });
const codes = ({ errors }: Answer) => errors.map(({ extensions }) => extensions.code);

test('a restored version is the newest, and body and search follow', async () => {
  const before = await own.as('VIEWER').query(READ, { id });
  expect(before.data).toMatchObject({ content: { body: 'the second gnu' }, searchContents: { totalCount: 0 } });
  const { data, errors } = await restore(own, 1, 2);
  expect([errors, data]).toEqual([[], { restoreVersion: { content: { revision: 3 }, position: expect.any(String) } }]);
  await untilFresh(own);
  const after = await own.as('VIEWER').query(READ, { id });
  expect(after.data).toEqual({
    content: {
      ...{ revision: 3, body: 'the first zebra', versionCount: 3 },
      versions: [{ number: 3 }, { number: 2 }, { number: 1 }],
    },
    searchContents: { totalCount: 1 },
  });
});

test('whoever saw an older revision is told that the document has moved on', async () => {
  const answer = await restore(own, 2, 1);
  expect(answer.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', revision: expect.any(Number) });
});

test('a version that never was, and one of another tenant, are refused alike', async () => {
  const [unknown, foreign] = [await restore(own, 99), await restore(other, 1)];
  expect(codes(unknown)).toEqual(['NOT_FOUND']);
  expect(foreign.errors).toEqual(unknown.errors);
});

test('a viewer restores nothing', async () => {
  expect(codes(await restore(own, 1, undefined, 'VIEWER'))).toEqual(['FORBIDDEN']);
});
