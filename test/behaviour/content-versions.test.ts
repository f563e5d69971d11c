import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocuments } from '#operations/projections/documents';
import { contentDeleted, contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let call: ReturnType<typeof createContentCaller>;
const tenantId = randomUUID();
const ids = Array.from({ length: 60 }, () => randomUUID());
const [id = ''] = ids;
const BODIES = ['one\ntwo\nthree\n', 'one\n2\nthree\nfour\n', 'one\ntwo\nthree\n'];

beforeAll(async () => {
  world = await openTestMongo();
  call = createContentCaller(world.mongo);
  for (const [index, body] of BODIES.entries()) {
    await projectDocuments(
      world.tenant(tenantId),
      ids.map((content) => contentSaved(content, index + 1, body)),
    );
  }
});
afterAll(() => world.close());

const entities = (fields: string) =>
  `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Content { ${fields} } } }`;
const keys = (list: readonly string[]) => ({ keys: list.map((key) => ({ __typename: 'Content', id: key })) });
const ask = async (fields: string, list = [id], tenant = tenantId) => {
  const { data, errors, counts } = await call({ tenantId: tenant }, entities(fields), keys(list));
  return { entities: data._entities as Record<string, unknown>[], errors, commands: counts.mongo };
};
const COMPARE = `compareVersions(from: 1, to: 2, context: 1) { identical addedLines removedLines unified
  from { number body } to { number } hunks { fromStart fromLines toStart toLines lines { change text } } }`;

test('a version is read by its number, with its body', async () => {
  const { entities, errors } = await ask(
    'version(number: 2) { number title body } none: version(number: 9) { number }',
  );
  expect(errors).toBeUndefined();
  expect(entities).toEqual([{ version: { number: 2, title: 'A title', body: BODIES[1] }, none: null }]);
});

test('versions are compared line by line, as a person reads it', async () => {
  const { entities } = await ask(COMPARE);
  const line = (change: string, text: string) => ({ change, text });
  expect(entities[0]?.compareVersions).toEqual({
    ...{ identical: false, addedLines: 2, removedLines: 1 },
    from: { number: 1, body: BODIES[0] },
    to: { number: 2 },
    hunks: [
      {
        ...{ fromStart: 1, fromLines: 3, toStart: 1, toLines: 4 },
        lines: [
          line('SAME', 'one'),
          line('REMOVED', 'two'),
          line('ADDED', '2'),
          line('SAME', 'three'),
          line('ADDED', 'four'),
        ],
      },
    ],
    unified: '--- version 1\n+++ version 2\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n',
  });
});

test('equal bodies are identical, and a version that is not there has no comparison', async () => {
  const { entities } = await ask(
    'same: compareVersions(from: 1, to: 3) { identical hunks { fromStart } unified } none: compareVersions(from: 1, to: 7) { identical }',
  );
  expect(entities).toEqual([{ same: { identical: true, hunks: [], unified: '' }, none: null }]);
});

test('five documents cost the commands of one, and sixty are too many to compare', async () => {
  const [one, few, many] = [await ask(COMPARE), await ask(COMPARE, ids.slice(0, 5)), await ask(COMPARE, ids)];
  expect([one.commands, few.commands]).toEqual([4, 4]);
  expect(few.entities.every(({ compareVersions }) => Boolean(compareVersions))).toBe(true);
  expect(many.errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 10 });
});

test('the bodies of many versions are one command', async () => {
  const { commands, entities } = await ask('versions(first: 3) { number body }', ids.slice(0, 30));
  expect(commands).toBe(3);
  expect(entities[0]).toMatchObject({ versions: [{ number: 3 }, { number: 2, body: BODIES[1] }, { number: 1 }] });
});

test('bodies that differ in more lines than anybody reads are refused with the limit', async () => {
  const long = randomUUID();
  const text = (word: string) => Array.from({ length: 1_200 }, (_, line) => `${word} ${line}`).join('\n');
  await projectDocuments(world.tenant(tenantId), [
    contentSaved(long, 1, text('old')),
    contentSaved(long, 2, text('new')),
  ]);
  const { errors } = await ask('compareVersions(from: 1, to: 2) { identical }', [long]);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 1_000 });
});

test('context has its limit', async () => {
  const { errors } = await ask('compareVersions(from: 1, to: 2, context: 21) { identical }');
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', argument: 'context', limit: 20 });
});

test('versions of another tenant and of a deleted document are not there', async () => {
  const gone = randomUUID();
  await projectDocuments(world.tenant(tenantId), [contentSaved(gone, 1, 'a'), contentSaved(gone, 2, 'b')]);
  await projectDocuments(world.tenant(tenantId), [contentDeleted(gone, 3)]);
  const fields = 'version(number: 1) { body } compareVersions(from: 1, to: 2) { unified }';
  const nothing = { version: null, compareVersions: null };
  expect((await ask(fields, [gone])).entities).toEqual([nothing]);
  expect((await ask(fields, [id], randomUUID())).entities).toEqual([nothing]);
});
