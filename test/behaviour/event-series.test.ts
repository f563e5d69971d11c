import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordEvents } from '#stores/mongo/events';
import { createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let call: ReturnType<typeof createContentCaller>;
const tenantId = randomUUID();
const [contentId, ann, ben, cat] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

beforeAll(async () => {
  world = await openTestMongo();
  call = createContentCaller(world.mongo, () => new Date('2026-03-15T12:00:00Z'));
  const happened = [
    ['VIEW', ann, '2026-03-12T10:59:59.999Z'],
    ['VIEW', ann, '2026-03-14T10:00:00Z'],
    ['CLICK', ann, '2026-03-14T11:00:00Z'],
    ['CONVERSION', ann, '2026-03-14T12:30:00Z'],
    ['CLICK', ben, '2026-03-14T09:00:00Z'],
    ['VIEW', ben, '2026-03-14T12:00:00Z'],
    ['CONVERSION', ben, '2026-03-14T13:00:00Z'],
    ['VIEW', cat, '2026-03-14T12:45:00Z'],
    ['VIEW', undefined, '2026-03-14T12:50:00Z'],
  ] as const;
  const events = happened.map(([kind, userId, at], index) => ({
    ...{ kind, userId, at: new Date(at), idempotencyKey: `event-${index}` },
    ...(kind === 'VIEW' ? { contentId } : {}),
  }));
  await recordEvents(world.tenant(tenantId), events);
});
afterAll(() => world.close());

const SERIES = `query ($from: DateTime!, $to: DateTime!, $interval: SeriesInterval, $contentId: ID, $kind: EventKind, $compare: SeriesComparison) {
  eventSeries(from: $from, to: $to, interval: $interval, contentId: $contentId, kind: $kind, compare: $compare) {
    from to total previousTotal change points { at events previousEvents } } }`;
interface Series {
  total: number;
  points: { at: string; events: number; previousEvents: number | null }[];
}
const series = async (variables: object, tenant = tenantId) => {
  const { data, errors, counts } = await call({ tenantId: tenant }, SERIES, { ...variables });
  return { series: data.eventSeries as Series, errors, commands: counts.mongo };
};
const FUNNEL = `query ($steps: [FunnelStepInput!]!, $from: DateTime!, $to: DateTime!) {
  funnel(steps: $steps, from: $from, to: $to) { steps { kind content { id } people share } } }`;
const DAY = { from: '2026-03-14T00:00:00Z', to: '2026-03-15T00:00:00Z' };
const steps = (...kinds: string[]) => kinds.map((kind) => ({ kind }));
const funnel = (variables: object, tenant = tenantId) => call({ tenantId: tenant }, FUNNEL, { ...DAY, ...variables });

test('days have a point each, quiet ones included, and begin where they began', async () => {
  const { series: found } = await series({ from: '2026-03-12T10:30:00Z', to: '2026-03-14T00:00:01Z' });
  expect(found).toMatchObject({ from: '2026-03-12T00:00:00.000Z', to: '2026-03-15T00:00:00.000Z', total: 9 });
  expect(found.points.map(({ at, events }) => [at.slice(8, 10), events])).toEqual([
    ['12', 1],
    ['13', 0],
    ['14', 8],
  ]);
});

test('hours of one document and kind are counted apart', async () => {
  const only = { interval: 'HOUR', contentId, kind: 'VIEW' };
  const { series: found } = await series({ from: '2026-03-14T09:00:00Z', to: '2026-03-14T13:00:00Z', ...only });
  expect(found.points.map(({ events }) => events)).toEqual([0, 1, 0, 3]);
});

test('a series is compared with the time before it, in the same one command', async () => {
  const { series: found, commands } = await series({ from: DAY.from, to: '2026-03-16T00:00:00Z', compare: 'PREVIOUS' });
  expect(found).toMatchObject({ total: 8, previousTotal: 1, change: 7 });
  expect(found.points.map(({ events, previousEvents }) => [events, previousEvents])).toEqual([
    [8, 1],
    [0, 0],
  ]);
  expect(commands).toBe(1);
});

test('a funnel counts who took the steps in their order', async () => {
  const { data, counts } = await funnel({ steps: steps('VIEW', 'CLICK', 'CONVERSION') });
  const found = (data.funnel as { steps: { people: number; share: number }[] }).steps;
  // Ben clicked before he viewed, so for him the click does not follow.
  expect(found.map(({ people, share }) => [people, share])).toEqual([
    [3, 1],
    [1, 1 / 3],
    [1, 1 / 3],
  ]);
  expect(counts.mongo).toBe(1);
});

test('a step may be of one document, and the same step twice takes two events', async () => {
  const ofContent = await funnel({ steps: [{ kind: 'VIEW', contentId }, { kind: 'CONVERSION' }] });
  expect(ofContent.data.funnel).toMatchObject({ steps: [{ people: 3, content: { id: contentId } }, { people: 2 }] });
  const twice = await funnel({ steps: steps('VIEW', 'VIEW'), from: '2026-03-12T00:00:00Z' });
  expect(twice.data.funnel).toMatchObject({ steps: [{ people: 3 }, { people: 1 }] });
});

test('another tenant counts none of it', async () => {
  const other = randomUUID();
  expect((await series({ ...DAY, contentId }, other)).series.total).toBe(0);
  const { data } = await funnel({ steps: steps('VIEW', 'CLICK') }, other);
  expect(data.funnel).toMatchObject({
    steps: [
      { people: 0, share: 0 },
      { people: 0, share: 0 },
    ],
  });
});

test.each([
  [{ from: '2026-01-01T00:00:00Z', to: '2026-04-15T00:00:00Z' }, 'LIMIT_EXCEEDED'],
  [{ from: '2026-03-01T00:00:00Z', to: '2026-03-16T00:00:00Z', interval: 'HOUR' }, 'LIMIT_EXCEEDED'],
  [{ from: DAY.to, to: DAY.from }, 'BAD_USER_INPUT'],
])('a series of %j is refused', async (span, code) => {
  expect((await series(span)).errors?.[0]?.extensions?.code).toBe(code);
});

test.each([
  [{ steps: steps('VIEW') }, 'LIMIT_EXCEEDED'],
  [{ steps: steps('VIEW', 'CLICK', 'VIEW', 'CLICK', 'VIEW', 'CLICK') }, 'LIMIT_EXCEEDED'],
  [{ steps: steps('VIEW', 'CLICK'), from: '2025-12-01T00:00:00Z' }, 'LIMIT_EXCEEDED'],
  [{ steps: steps('VIEW', 'CLICK'), from: DAY.to }, 'BAD_USER_INPUT'],
])('a funnel of %j is refused', async (given, code) => {
  expect((await funnel(given)).errors?.[0]?.extensions?.code).toBe(code);
});

test('a document that is no id is one that is not there', async () => {
  expect((await series({ ...DAY, contentId: 'no id' })).series.total).toBe(0);
});
