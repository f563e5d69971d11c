import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocuments } from '#operations/projections/documents';
import { contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let call: ReturnType<typeof createContentCaller>;
const start = Date.parse('2026-03-15T12:00:00Z');
const tenantId = randomUUID();
const ids = Array.from({ length: 30 }, () => randomUUID());
const [contentId = ''] = ids;
const principal = { kind: 'user', id: randomUUID() } as const;

beforeAll(async () => {
  world = await openTestMongo();
  // A second passes with each look, so that newest first has a meaning.
  let looks = 0;
  call = createContentCaller(world.mongo, () => {
    looks += 1;
    return new Date(start + looks * 1_000);
  });
  await projectDocuments(
    world.tenant(tenantId),
    ids.map((id) => contentSaved(id, 1, 'a body')),
  );
});
afterAll(() => world.close());

const RECORD = `mutation ($input: RecordOptimizationInput!) { recordOptimization(input: $input) {
  recorded optimization { id model aspect suggestion reason scoreBefore scoreAfter status decidedAt decidedBy { id } content { id } } } }`;
const decide = (verb: 'accept' | 'reject', id: string, who: object = {}) =>
  call(
    { tenantId, principal, ...who },
    `mutation ($id: ID!) { decided: ${verb}Optimization(id: $id) { optimization { status decidedAt decidedBy { id } } } }`,
    { id },
  );
const input = (facts: object = {}) => ({
  ...{ contentId, idempotencyKey: randomUUID(), model: 'writer-2', aspect: 'TITLE', suggestion: 'Shorter' },
  ...{ reason: 'People read titles', scoreBefore: 40, scoreAfter: 75, ...facts },
});
interface Recorded {
  recorded: boolean;
  optimization: { id: string; status: string };
}
const record = async (facts: object = {}, who: object = {}) => {
  const { data, errors } = await call({ tenantId, principal, ...who }, RECORD, { input: input(facts) });
  return { done: data.recordOptimization as Recorded, errors };
};
const LIST = `query ($keys: [_Any!]!, $status: OptimizationStatus) { _entities(representations: $keys) { ... on Content {
  optimizations(first: 2, status: $status) { id status createdAt } } } }`;
const list = async (some: readonly string[], tenant = tenantId, status: string | null = null) => {
  const keys = some.map((id) => ({ __typename: 'Content', id }));
  const { data, counts } = await call({ tenantId: tenant }, LIST, { keys, status });
  const found = data._entities as { optimizations: { id: string; status: string }[] | null }[];
  return { found: found.map(({ optimizations }) => optimizations), commands: counts.mongo };
};

test('a suggestion is recorded once, undecided', async () => {
  const idempotencyKey = randomUUID();
  const [first, again] = [await record({ idempotencyKey }), await record({ idempotencyKey, suggestion: 'Other' })];
  const optimization = { aspect: 'TITLE', suggestion: 'Shorter', scoreBefore: 40, scoreAfter: 75, status: 'SUGGESTED' };
  const undecided = { decidedAt: null, decidedBy: null, content: { id: contentId } };
  expect(first.done).toMatchObject({ recorded: true, optimization: { ...optimization, ...undecided } });
  expect(again.done).toMatchObject({ recorded: false, optimization: { ...optimization, ...undecided } });
});

test('it is accepted or rejected once and for good', async () => {
  const { id } = (await record()).done.optimization;
  const accepted = await decide('accept', id);
  expect(accepted.data.decided).toMatchObject({
    optimization: { status: 'ACCEPTED', decidedBy: { id: principal.id } },
  });
  expect((await decide('accept', id)).data).toEqual(accepted.data);
  const { errors } = await decide('reject', id);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', status: 'ACCEPTED' });
});

test('of many that decide at once, all who agree with the first are answered alike', async () => {
  const { id } = (await record()).done.optimization;
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => decide(index % 2 ? 'accept' : 'reject', id)),
  );
  const good = answers.filter(({ errors }) => !errors);
  expect(good).toHaveLength(6);
  expect(new Set(good.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  expect(answers.flatMap(({ errors }) => errors?.[0]?.extensions?.code ?? [])).toEqual(Array(6).fill('CONFLICT'));
});

test('they are listed newest first, by status, for many documents in the commands of one', async () => {
  const [own = '', ...others] = ids.slice(5, 25);
  const made = [await record({ contentId: own }), await record({ contentId: own }), await record({ contentId: own })];
  const [first, , last] = made.map(({ done }) => done.optimization.id);
  await decide('reject', first ?? '');
  const { found, commands } = await list([own]);
  expect(found[0]?.map(({ id }) => id)).toEqual([last, made[1]?.done.optimization.id]);
  expect((await list([own], tenantId, 'REJECTED')).found).toEqual([[expect.objectContaining({ id: first })]]);
  expect((await list([own, ...others])).commands).toBe(commands);
});

test('another tenant neither sees nor decides nor blocks any of it', async () => {
  const other = { tenantId: randomUUID() };
  const idempotencyKey = randomUUID();
  const { done } = await record({ idempotencyKey });
  const [foreign, unknown] = [
    await decide('accept', done.optimization.id, other),
    await decide('accept', randomUUID(), other),
  ];
  expect(foreign.errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(unknown.errors);
  expect((await list([contentId], other.tenantId)).found).toEqual([null]);
  expect((await record({}, other)).errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
  await projectDocuments(world.tenant(other.tenantId), [contentSaved(contentId, 1, 'own')]);
  expect((await record({ idempotencyKey }, other)).done.recorded).toBe(true);
  expect((await record({ idempotencyKey })).done.optimization).toMatchObject({
    id: done.optimization.id,
    status: 'SUGGESTED',
  });
});

test.each([
  ['a score of 101', { scoreAfter: 101 }],
  ['a score below zero', { scoreBefore: -1 }],
  ['no suggestion', { suggestion: '' }],
  ['a suggestion of 20,001 characters', { suggestion: 'x'.repeat(20_001) }],
  ['a short key', { idempotencyKey: 'short' }],
  ['a model of no name', { model: '' }],
])('%s is refused', async (_, wrong) => {
  expect((await record(wrong)).errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
});

test('a viewer reads suggestions and decides none', async () => {
  const { id } = (await record()).done.optimization;
  const { errors } = await decide('accept', id, { role: 'VIEWER' });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScopes: ['content:write'] });
});
