import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocument } from '#operations/projections/documents';
import { archiveEvents } from '#stores/mongo/archive';
import { lastDays, utcDay } from '#stores/mongo/days';
import { type NewEvent, recordEvents } from '#stores/mongo/events';
import { eq, type TenantMongo } from '#stores/mongo/index';
import { COUNTERS, rebuildRollUps } from '#stores/mongo/rollups';
import { contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

const NOW = new Date('2026-05-20T15:20:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

let world: TestMongo;
let ask: ReturnType<typeof createContentCaller>;
beforeAll(async () => {
  world = await openTestMongo();
  ask = createContentCaller(world.mongo, () => NOW);
});
afterAll(() => world.close());

const event = (contentId: string, at: Date, facts: Partial<NewEvent> = {}): NewEvent => ({
  ...{ kind: 'VIEW', contentId, at, idempotencyKey: randomUUID() },
  ...facts,
});
const documentsIn = async (mongo: TenantMongo, count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) await projectDocument(mongo, contentSaved(id, 1, 'A body.'));
  return ids;
};
/** Everything that both roll-ups say. */
const rolledUp = async (mongo: TenantMongo) => ({
  daily: await mongo.collection('content_daily').find(
    {},
    {
      fields: ['contentId', 'day', ...COUNTERS],
      sort: [
        ['contentId', 1],
        ['day', 1],
      ],
      limit: 1_000,
    },
  ),
  hourly: await mongo.collection('content_hourly').find(
    {},
    {
      fields: ['contentId', 'hour', 'day', ...COUNTERS],
      sort: [
        ['contentId', 1],
        ['hour', 1],
      ],
      limit: 1_000,
    },
  ),
});
const counted = ({ daily, hourly }: Awaited<ReturnType<typeof rolledUp>>) =>
  [daily, hourly].map((rows) => rows.reduce((sum, { views, clicks }) => sum + views + clicks, 0));

test('roll-ups by hour and day are those that a rebuild makes, whatever came late, twice or out of order', async () => {
  const mongo = world.tenant();
  const [one = '', two = ''] = await documentsIn(mongo, 2);
  const events = Array.from({ length: 60 }, (_, index) =>
    event(index % 3 ? one : two, ago((index * 7 * HOUR) % (3 * DAY)), { kind: index % 4 ? 'VIEW' : 'CLICK' }),
  );
  await recordEvents(mongo, events.slice(30), NOW);
  await Promise.all([recordEvents(mongo, events, NOW), recordEvents(mongo, events.slice(10, 40), NOW)]);
  const before = await rolledUp(mongo);
  expect(counted(before)).toEqual([60, 60]);
  const [from = '', , , , to = ''] = lastDays(5, NOW);
  expect(await rebuildRollUps(mongo, { from, to })).toBe(0);
  await mongo.collection('content_daily').deleteMany({ contentId: eq(one) });
  await mongo.collection('content_hourly').updateOne({ contentId: eq(two) }, { set: { views: 99 } });
  expect(await rebuildRollUps(mongo, { from, to })).toBeGreaterThan(1);
  expect(await rolledUp(mongo)).toEqual(before);
});

test('what was archived still counts in a rebuild, and is nowhere else', async () => {
  const mongo = world.tenant();
  const [id = ''] = await documentsIn(mongo, 1);
  const old = ago(4 * DAY);
  await recordEvents(mongo, [event(id, old), event(id, old, { kind: 'SHARE' }), event(id, ago(HOUR))], NOW);
  const before = await rolledUp(mongo);
  expect([await archiveEvents(mongo, utcDay(NOW), 1), await archiveEvents(mongo, utcDay(NOW))]).toEqual([1, 1]);
  expect(await mongo.collection('analytics_events').count({})).toBe(1);
  expect(await mongo.collection('analytics_archives').count({})).toBe(2);
  expect(await rebuildRollUps(mongo, { from: utcDay(old), to: utcDay(NOW) })).toBe(0);
  expect(await rolledUp(mongo)).toEqual(before);
});

test('hours of a document lie side by side, quiet ones too', async () => {
  const tenantId = randomUUID();
  const mongo = world.tenant(tenantId);
  const [id = ''] = await documentsIn(mongo, 1);
  await recordEvents(mongo, [event(id, ago(0)), event(id, ago(2 * HOUR)), event(id, ago(2 * HOUR))], NOW);
  const { data, counts } = await ask({ tenantId }, HOURS, { keys: [{ __typename: 'Content', id }] });
  expect(data._entities).toEqual([
    {
      hourlyPerformance: [
        { at: '2026-05-20T13:00:00.000Z', views: 2 },
        { at: '2026-05-20T14:00:00.000Z', views: 0 },
        { at: '2026-05-20T15:00:00.000Z', views: 1 },
      ],
    },
  ]);
  expect(counts.mongo).toBe(2);
});

test('percentiles are those of the measured values', async () => {
  const tenantId = randomUUID();
  const mongo = world.tenant(tenantId);
  const measured = Array.from({ length: 101 }, (_, value) => event(randomUUID(), ago(HOUR), { value }));
  await recordEvents(mongo, [...measured, event(randomUUID(), ago(HOUR))], NOW);
  const { data } = await ask({ tenantId }, VALUES, { from: ago(DAY), to: NOW });
  expect(data.eventValues).toMatchObject({ count: 101, average: 50, smallest: 0, largest: 100 });
  const { percentiles } = data.eventValues as { percentiles: { percentile: number; value: number }[] };
  for (const { percentile, value } of percentiles) expect(Math.abs(value - percentile)).toBeLessThanOrEqual(1);
  const { data: none } = await ask({ tenantId: randomUUID() }, VALUES, { from: ago(DAY), to: NOW });
  expect(none.eventValues).toEqual({ count: 0, average: null, smallest: null, largest: null, percentiles: [] });
});

test('two periods are compared document by document, the largest change first', async () => {
  const tenantId = randomUUID();
  const mongo = world.tenant(tenantId);
  const [rising = '', falling = '', steady = ''] = await documentsIn(mongo, 3);
  const views = (id: string, at: Date, count: number) => Array.from({ length: count }, () => event(id, at));
  await recordEvents(mongo, [
    ...[...views(rising, ago(0), 6), ...views(rising, ago(7 * DAY), 1)],
    ...[...views(falling, ago(0), 1), ...views(falling, ago(7 * DAY), 3)],
    ...[...views(steady, ago(0), 2), ...views(steady, ago(7 * DAY), 2)],
  ]);
  const week = (end: Date) => ({ from: new Date(end.getTime() - 6 * DAY), to: end });
  const { data } = await ask({ tenantId }, COMPARE, { current: week(NOW), previous: week(ago(7 * DAY)) });
  expect(data.comparePeriods).toEqual({
    current: { from: '2026-05-14', to: '2026-05-20', views: 9 },
    previous: { from: '2026-05-07', to: '2026-05-13', views: 6 },
    movers: [
      { content: { id: rising }, current: 6, previous: 1, change: 5 },
      { content: { id: falling }, current: 1, previous: 3, change: 1 / 3 - 1 },
    ],
  });
});

test('lists of the top are by what was asked for', async () => {
  const tenantId = randomUUID();
  const mongo = world.tenant(tenantId);
  const [viewed = '', clicked = ''] = await documentsIn(mongo, 2);
  const userId = randomUUID();
  await recordEvents(mongo, [
    ...[event(viewed, ago(HOUR)), event(viewed, ago(HOUR), { userId }), event(clicked, ago(HOUR))],
    event(clicked, ago(HOUR), { kind: 'CLICK', userId }),
  ]);
  const { data } = await ask({ tenantId }, TOP);
  expect(data).toEqual({
    viewed: [
      { content: { id: viewed }, views: 2, count: 2 },
      { content: { id: clicked }, views: 1, count: 1 },
    ],
    clicked: [{ content: { id: clicked }, views: 1, count: 1 }],
    topPeople: [{ user: { id: userId }, events: 2 }],
  });
});

test('another tenant sees none of it, whatever it names', async () => {
  const [id = ''] = await documentsIn(world.tenant(), 1);
  const nobodys = { tenantId: randomUUID() };
  const { data } = await ask(nobodys, HOURS, { keys: [{ __typename: 'Content', id }] });
  expect(data._entities).toEqual([{ hourlyPerformance: null }]);
  const compared = await ask(nobodys, COMPARE, {
    current: { from: ago(80 * DAY), to: NOW },
    previous: { from: ago(80 * DAY), to: NOW },
  });
  expect(compared.data.comparePeriods).toMatchObject({ current: { views: 0 }, movers: [] });
  expect((await ask(nobodys, TOP)).data).toEqual({ viewed: [], clicked: [], topPeople: [] });
});

const HOURS = `query ($keys: [_Any!]!) {
  _entities(representations: $keys) { ... on Content { hourlyPerformance(hours: 3) { at views } } }
}`;
const VALUES = `query ($from: DateTime!, $to: DateTime!) {
  eventValues(from: $from, to: $to, percentiles: [0, 50, 90, 100]) {
    count average smallest largest percentiles { percentile value }
  }
}`;
const COMPARE = `query ($current: PeriodInput!, $previous: PeriodInput!) {
  comparePeriods(current: $current, previous: $previous) {
    current { from to views } previous { from to views } movers { content { id } current previous change }
  }
}`;
const TOP = `{
  viewed: topContents { content { id } views count }
  clicked: topContents(by: CLICKS) { content { id } views count }
  topPeople { user { id } events }
}`;
