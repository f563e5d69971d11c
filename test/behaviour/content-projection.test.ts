import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocument, projectDocuments } from '#operations/projections/documents';
import { eq, type TenantMongo } from '#stores/mongo/index';
import { contentDeleted, contentSaved, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let mongo: TenantMongo;
beforeAll(async () => {
  world = await openTestMongo();
  mongo = world.tenant();
});
afterAll(() => world.close());

const FIELDS = ['revision', 'title', 'body', 'wordCount', 'excerptText', 'versionCount', 'deletedAt'] as const;
const read = (id: string) => mongo.collection('content_documents').findOne({ contentId: eq(id) }, FIELDS);
const versions = (id: string) =>
  mongo
    .collection('content_versions')
    .find({ contentId: eq(id) }, { fields: ['number', 'body', 'title'], sort: [['number', 1]], limit: 99 });

test('a saved document has its body, its words, its excerpt and one version', async () => {
  const id = randomUUID();
  const body = '# Hello\n\nSome **bold** words & [a link](https://x.example).\n\n```js\nhidden()\n```\n';
  await projectDocument(mongo, contentSaved(id, 1, body));
  expect(await read(id)).toMatchObject({ body, revision: 1, wordCount: 8, versionCount: 1 });
  expect((await read(id))?.excerptText).toBe('Hello Some bold words & a link.');
});

test('the same event twice changes nothing', async () => {
  const id = randomUUID();
  await projectDocument(mongo, contentSaved(id, 1, 'one'));
  const before = await read(id);
  await projectDocument(mongo, contentSaved(id, 1, 'one'));
  expect(await read(id)).toEqual(before);
  expect(await versions(id)).toHaveLength(1);
});

test('an equal body makes no version, a different one the next number', async () => {
  const id = randomUUID();
  await projectDocument(mongo, contentSaved(id, 1, 'one', 'First'));
  await projectDocument(mongo, contentSaved(id, 2, 'one', 'Second'));
  await projectDocument(mongo, contentSaved(id, 3, 'two', 'Third'));
  expect(await read(id)).toMatchObject({ title: 'Third', body: 'two', versionCount: 2 });
  expect(await versions(id)).toEqual([
    { number: 1, body: 'one', title: 'First' },
    { number: 2, body: 'two', title: 'Third' },
  ]);
});

test('a change without a body that overtakes one with a body loses neither', async () => {
  const id = randomUUID();
  await projectDocument(mongo, contentSaved(id, 3, undefined, 'Newest'));
  await projectDocument(mongo, contentSaved(id, 2, 'the body', 'Older'));
  expect(await read(id)).toMatchObject({ revision: 3, title: 'Newest', body: 'the body', versionCount: 1 });
});

test('a deleted document stays deleted when an older change arrives late, and returns when it is restored', async () => {
  const id = randomUUID();
  await projectDocuments(mongo, [contentDeleted(id, 2)]);
  await projectDocument(mongo, contentSaved(id, 1, 'late'));
  expect((await read(id))?.deletedAt).toBeInstanceOf(Date);
  await projectDocument(mongo, contentSaved(id, 3, undefined, 'Back'));
  expect(await read(id)).toMatchObject({ title: 'Back', body: 'late', revision: 3 });
  expect(await read(id)).not.toHaveProperty('deletedAt');
});

test('events in any order, some of them repeated, end in the same document', async () => {
  const changes = [
    ['a', 'A'],
    [undefined, 'B'],
    ['c', 'C'],
    ['c', 'D'],
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      fc.array(fc.nat(3), { maxLength: 3 }),
      async (order, again) => {
        const id = randomUUID();
        const events = changes.map(([body, title], index) => contentSaved(id, index + 1, body, title));
        for (const index of [...order, ...again]) await projectDocument(mongo, events[index] ?? contentSaved(id, 1));
        expect(await read(id)).toMatchObject({ revision: 4, title: 'D', body: 'c' });
      },
    ),
    { numRuns: 25 },
  );
});

test('two relays at once make each version once', async () => {
  const id = randomUUID();
  await Promise.all([1, 2, 3, 4].map(() => projectDocument(mongo, contentSaved(id, 1, 'one'))));
  expect(await versions(id)).toHaveLength(1);
  expect(await read(id)).toMatchObject({ versionCount: 1 });
});

test('a batch of documents is one transaction of three commands', async () => {
  const ids = Array.from({ length: 20 }, () => randomUUID());
  await projectDocuments(
    mongo,
    ids.map((id) => contentSaved(id, 1, `body of ${id}`)),
  );
  for (const id of ids) expect((await read(id))?.body).toBe(`body of ${id}`);
});
