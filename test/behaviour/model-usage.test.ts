import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocument } from '#operations/projections/documents';
import { eq } from '#stores/mongo/index';
import { rebuildUsage, recordUsage } from '#stores/mongo/usage';
import { contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let call: ReturnType<typeof createContentCaller>;
const now = new Date('2026-03-15T12:00:00Z');
beforeAll(async () => {
  world = await openTestMongo();
  call = createContentCaller(world.mongo, () => now);
});
afterAll(() => world.close());

const RECORD = `mutation ($input: RecordModelUsageInput!) { recordModelUsage(input: $input) {
  recorded usage { id model tokensIn tokensOut costMicros at content { id } user { id } } } }`;
const TOTALS = `query ($by: UsageGrouping!, $from: DateTime!, $to: DateTime!, $first: Int) {
  modelUsage(by: $by, from: $from, to: $to, first: $first) {
    day model user { id } callerKind callerId calls tokensIn tokensOut costMicros } }`;
const input = (facts: object = {}) => ({
  ...{ idempotencyKey: randomUUID(), model: 'meta/llama-3', tokensIn: 100, tokensOut: 20, costMicros: 1_500 },
  ...facts,
});
const user = () => ({ kind: 'user', id: randomUUID() }) as const;
const WEEK = { from: '2026-03-10T00:00:00Z', to: '2026-03-15T23:59:00Z' };
type Rows = Record<string, unknown>[];
const totals = async (tenantId: string, by: string, more: object = {}) =>
  (await call({ tenantId }, TOTALS, { by, ...WEEK, ...more })).data.modelUsage as Rows;

test('a use is recorded once, with the principal as its user', async () => {
  const [tenantId, principal, contentId] = [randomUUID(), user(), randomUUID()];
  await projectDocument(world.tenant(tenantId), contentSaved(contentId, 1, 'a body'));
  const use = input({ contentId });
  const [first, again] = [
    await call({ tenantId, principal }, RECORD, { input: use }),
    await call({ tenantId, principal }, RECORD, { input: { ...use, tokensIn: 999 } }),
  ];
  const usage = { model: 'meta/llama-3', tokensIn: 100, content: { id: contentId }, user: { id: principal.id } };
  expect(first.data.recordModelUsage).toMatchObject({ recorded: true, usage });
  expect(again.data.recordModelUsage).toMatchObject({ recorded: false, usage });
  expect(await totals(tenantId, 'MODEL')).toMatchObject([{ calls: 1, tokensIn: 100 }]);
});

test('costs are added up by model, by caller and by day, dearest first, quiet days included', async () => {
  const [tenantId, ann, key] = [randomUUID(), user(), { kind: 'apiKey', id: randomUUID() } as const];
  const uses = [
    [ann, input({ model: 'small', costMicros: 10, at: '2026-03-12T23:59:59Z' })],
    [ann, input({ model: 'small', costMicros: 20 })],
    [key, input({ model: 'large', costMicros: 500 })],
  ] as const;
  await Promise.all(uses.map(([principal, given]) => call({ tenantId, principal }, RECORD, { input: given })));
  const row = (facts: object) =>
    expect.objectContaining({ day: null, model: null, user: null, callerKind: null, ...facts });
  expect(await totals(tenantId, 'MODEL')).toEqual([
    row({ model: 'large', calls: 1, costMicros: 500 }),
    row({ model: 'small', calls: 2, costMicros: 30, tokensIn: 200, tokensOut: 40 }),
  ]);
  expect(await totals(tenantId, 'USER')).toEqual([
    row({ callerKind: 'API_KEY', callerId: key.id, costMicros: 500 }),
    row({ callerKind: 'USER', callerId: ann.id, user: { id: ann.id }, costMicros: 30 }),
  ]);
  const days = (await totals(tenantId, 'DAY')).map(({ day, costMicros }) => [day, costMicros]);
  expect(days).toEqual([10, 11, 12, 13, 14, 15].map((day) => [`2026-03-${day}`, { 12: 10, 15: 520 }[day] ?? 0]));
  expect(await totals(tenantId, 'MODEL', { first: 1 })).toHaveLength(1);
});

test('sums may be larger than an Int', async () => {
  const mongo = world.tenant();
  const use = (key: string) =>
    ({
      ...{ idempotencyKey: key, model: 'm', principalKind: 'user' as const, principalId: randomUUID(), at: now },
      ...{ tokensIn: 100_000_000, tokensOut: 0, costMicros: 2_000_000_000 },
    }) as const;
  await recordUsage(
    mongo,
    Array.from({ length: 30 }, (_, index) => use(`large-${index}`)),
  );
  expect(await totals(mongo.tenantId, 'MODEL')).toMatchObject([
    { costMicros: 60_000_000_000, tokensIn: 3_000_000_000 },
  ]);
});

test('the roll-up is exact when many callers record at once, and equal when it is built anew', async () => {
  const [tenantId, principal] = [randomUUID(), user()];
  const keys = Array.from({ length: 40 }, () => randomUUID());
  const record = (idempotencyKey: string) =>
    call({ tenantId, principal }, RECORD, { input: input({ idempotencyKey }) });
  const answers = await Promise.all([...keys, ...keys].map(record));
  expect(answers.filter(({ data }) => (data.recordModelUsage as { recorded: boolean }).recorded)).toHaveLength(40);
  expect(await totals(tenantId, 'MODEL')).toMatchObject([{ calls: 40, tokensIn: 4_000, costMicros: 60_000 }]);
  const mongo = world.tenant(tenantId);
  expect(await rebuildUsage(mongo, { from: '2026-03-15', to: '2026-03-15' })).toBe(0);
  await mongo.collection('ai_usage_daily').updateOne({ day: eq('2026-03-15') }, { set: { calls: 7 } });
  expect(await rebuildUsage(mongo, { from: '2026-03-15', to: '2026-03-15' })).toBe(1);
  expect(await totals(tenantId, 'MODEL')).toMatchObject([{ calls: 40 }]);
});

test('another tenant neither sees nor counts nor blocks any of it', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const use = input({ model: 'canary-of-b' });
  await call({ tenantId: b }, RECORD, { input: use });
  for (const by of ['MODEL', 'USER']) expect(await totals(a, by)).toEqual([]);
  expect((await totals(a, 'DAY')).every(({ calls }) => calls === 0)).toBe(true);
  const { data } = await call({ tenantId: a }, RECORD, { input: { ...use, model: 'own' } });
  expect(data.recordModelUsage).toMatchObject({ recorded: true, usage: { model: 'own' } });
  expect(await totals(b, 'MODEL')).toMatchObject([{ model: 'canary-of-b', calls: 1 }]);
});

test.each([
  ['a model with a space', { model: 'a b' }, 'BAD_USER_INPUT'],
  ['negative tokens', { tokensIn: -1 }, 'BAD_USER_INPUT'],
  ['a cost beyond reason', { costMicros: 2_000_000_001 }, 'BAD_USER_INPUT'],
  ['the future', { at: '2026-03-16T00:00:00Z' }, 'BAD_USER_INPUT'],
  ['a short key', { idempotencyKey: 'short' }, 'BAD_USER_INPUT'],
  ['a document that is not there', { contentId: randomUUID() }, 'NOT_FOUND'],
])('%s is refused', async (_, wrong, code) => {
  const { errors } = await call({ tenantId: randomUUID() }, RECORD, { input: input(wrong) });
  expect(errors?.[0]?.extensions?.code).toBe(code);
});

test.each([
  [{ from: '2025-03-01T00:00:00Z' }, 'LIMIT_EXCEEDED'],
  [{ from: '2026-03-16T00:00:00Z' }, 'BAD_USER_INPUT'],
  [{ first: 101 }, 'LIMIT_EXCEEDED'],
])('a question such as %j is refused', async (more, code) => {
  const { errors } = await call({ tenantId: randomUUID() }, TOTALS, { by: 'MODEL', ...WEEK, ...more });
  expect(errors?.[0]?.extensions?.code).toBe(code);
});

test('a viewer records nothing', async () => {
  const { errors } = await call({ tenantId: randomUUID(), role: 'VIEWER' }, RECORD, { input: input() });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScopes: ['analytics:write'] });
});
