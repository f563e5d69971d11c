import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContentCaller, openTestMongo, type TestMongo, type Who } from '#test/kit/mongo';

let now = new Date('2026-05-20T10:00:00Z');
let world: TestMongo;
let ask: ReturnType<typeof createContentCaller>;
beforeAll(async () => {
  world = await openTestMongo();
  ask = createContentCaller(world.mongo, () => now);
});
afterAll(() => world.close());

const run = async (who: Who, query: string, variables: Record<string, unknown> = {}) => {
  const { data, errors } = await ask(who, query, variables);
  if (errors) return errors[0]?.extensions;
  return Object.values(data)[0];
};
const use = (who: Who, costMicros: number, at: Date = now) =>
  run(who, USE, { input: { idempotencyKey: randomUUID(), model: 'm', tokensIn: 1, tokensOut: 1, costMicros, at } });
const setBudget = (who: Who, input: object) => run(who, SET, { input: { period: 'DAY', limitMicros: 100, ...input } });
const alerts = async (who: Who) =>
  ((await run(who, ALERTS)) as { period: string; startsOn: string; level: string }[])
    .map(({ period, startsOn, level }) => `${period} ${startsOn} ${level}`)
    .sort();

test('a budget raises each of its alerts once in a period, however it is passed', async () => {
  const who = { tenantId: randomUUID() };
  expect(await setBudget(who, {})).toMatchObject({
    budget: { warnPercent: 80, spentMicros: 0, startsOn: '2026-05-20' },
  });
  await setBudget(who, { period: 'MONTH', limitMicros: 150, warnPercent: 100 });
  await use(who, 79);
  expect(await alerts(who)).toEqual([]);
  await use(who, 1);
  expect(await alerts(who)).toEqual(['DAY 2026-05-20 WARNING']);
  await Promise.all([use(who, 10), use(who, 11), use(who, 1)]);
  await use(who, 5, new Date('2026-05-19T10:00:00Z'));
  expect(await alerts(who)).toEqual(['DAY 2026-05-20 EXCEEDED', 'DAY 2026-05-20 WARNING']);
  now = new Date('2026-05-21T10:00:00Z');
  await use(who, 85);
  expect(await alerts(who)).toEqual([
    ...['DAY 2026-05-20 EXCEEDED', 'DAY 2026-05-20 WARNING', 'DAY 2026-05-21 WARNING'],
    ...['MONTH 2026-05-01 EXCEEDED', 'MONTH 2026-05-01 WARNING'],
  ]);
  expect(await run(who, BUDGETS)).toEqual([
    { period: 'DAY', limitMicros: 100, spentMicros: 85, startsOn: '2026-05-21' },
    { period: 'MONTH', limitMicros: 150, spentMicros: 192, startsOn: '2026-05-01' },
  ]);
});

test('a budget that is set below what is spent says so at once, and is gone when it is removed', async () => {
  const who = { tenantId: randomUUID() };
  await use(who, 500);
  await setBudget(who, {});
  expect(await alerts(who)).toHaveLength(2);
  expect(await run(who, REMOVE)).toEqual({ removed: true });
  expect(await run(who, REMOVE)).toEqual({ removed: false });
  expect([await run(who, BUDGETS), await alerts(who)]).toMatchObject([[], { length: 2 }]);
});

test.each([{ limitMicros: 0 }, { limitMicros: 1e13 }, { warnPercent: 0 }, { warnPercent: 101 }])(
  'a budget of %j is refused',
  async (input) => expect(await setBudget({ tenantId: randomUUID() }, input)).toMatchObject({ code: 'BAD_USER_INPUT' }),
);

test('budgets are set by administrators, and seen by nobody of another tenant', async () => {
  const who = { tenantId: randomUUID() };
  await setBudget(who, {});
  expect(await setBudget({ ...who, role: 'EDITOR' }, {})).toMatchObject({ code: 'FORBIDDEN' });
  const other = { tenantId: randomUUID() };
  await use(other, 1_000);
  expect([await run(other, BUDGETS), await alerts(other), await alerts(who)]).toEqual([[], [], []]);
  expect(await run(other, REMOVE)).toEqual({ removed: false });
  expect(await run(who, BUDGETS)).toHaveLength(1);
});

const USE = 'mutation ($input: RecordModelUsageInput!) { recordModelUsage(input: $input) { recorded } }';
const SET = `mutation ($input: SetModelBudgetInput!) {
  setModelBudget(input: $input) { budget { warnPercent spentMicros startsOn } }
}`;
const REMOVE = 'mutation { removeModelBudget(period: DAY) { removed } }';
const BUDGETS = '{ modelBudgets { period limitMicros spentMicros startsOn } }';
const ALERTS = '{ modelBudgetAlerts(days: 366) { period startsOn level } }';
