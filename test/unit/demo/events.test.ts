import { expect, test } from 'vitest';
import { contentIdOf, DEMO_TENANTS, type DemoTenant } from '#operations/demo/cast';
import { demoEvents } from '#operations/demo/events';
import { fateOf } from '#operations/demo/split';

const TENANT = DEMO_TENANTS[0] as DemoTenant;
const ANCHOR = new Date('2026-06-01T12:00:00Z');
const TO = new Date('2026-06-20T09:30:00Z');
const SLUGS = Array.from({ length: 150 }, (_, number) => `document-${number}`);
const since = (days: number): Date => new Date(TO.getTime() - days * 86_400_000);
const events = (from: Date, to: Date) => [...demoEvents(TENANT, { slugs: SLUGS, anchor: ANCHOR, from, to })];

test('a month of 150 documents is a few thousand events, each with a key of its own, none in the future', () => {
  const month = events(since(30), TO);
  expect(month.length).toBeGreaterThan(1_000);
  expect(month.length).toBeLessThan(3_000);
  expect(new Set(month.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(month.length);
  expect(month.every(({ at }) => at > since(30) && at <= TO)).toBe(true);
  expect(month.filter(({ kind }) => kind === 'CLICK').length).toBeGreaterThan(100);
});

test('a span asked for in pieces gives the same events', () => {
  const pieces = [...events(since(30), since(11.3)), ...events(since(11.3), TO)];
  const keys = (list: typeof pieces) =>
    list.map(({ idempotencyKey, at }) => `${idempotencyKey} ${at.toISOString()}`).sort();
  expect(keys(pieces)).toEqual(keys(events(since(30), TO)));
});

test('every published document was viewed in the last seven days, and others never', () => {
  const viewed = new Set(events(since(7), TO).map(({ contentId }) => contentId));
  for (const slug of SLUGS) {
    const { status } = fateOf(TENANT, slug, ANCHOR);
    expect(viewed.has(contentIdOf(TENANT.id, slug)), slug).toBe(status === 'PUBLISHED');
  }
});

test('readers are members of the tenant', () => {
  const members = new Set(TENANT.members.map(({ userId }) => userId));
  expect(events(since(3), TO).every(({ userId }) => members.has(userId))).toBe(true);
});
