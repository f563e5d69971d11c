import { expect, test } from 'vitest';
import { DEMO_TENANTS, type DemoTenant } from '#operations/demo/cast';
import { demoSuggestions, demoUsage } from '#operations/demo/usage';

const TENANT = DEMO_TENANTS[0] as DemoTenant;
const TO = new Date('2026-06-20T09:30:00Z');
const since = (days: number): Date => new Date(TO.getTime() - days * 86_400_000);
const uses = (from: Date, to: Date) => [...demoUsage(TENANT, ['one', 'two'], from, to)];

test('a month is about a hundred uses, each with a key of its own, none in the future', () => {
  const month = uses(since(30), TO);
  expect(month.length).toBeGreaterThan(60);
  expect(month.length).toBeLessThan(180);
  expect(new Set(month.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(month.length);
  expect(month.every(({ at }) => at > since(30) && at <= TO)).toBe(true);
});

test('a span asked for in pieces gives the same uses', () => {
  const keys = (list: ReturnType<typeof uses>) => list.map(({ idempotencyKey }) => idempotencyKey).sort();
  expect(keys([...uses(since(30), since(11.3)), ...uses(since(11.3), TO)])).toEqual(keys(uses(since(30), TO)));
});

test('suggestions score from 0 to 100, and better than what they replace', () => {
  const made = demoSuggestions(TENANT, ['one', 'two'], TO);
  expect(made).toHaveLength(6);
  for (const { scoreBefore = 101, scoreAfter } of made) {
    expect(scoreBefore).toBeGreaterThanOrEqual(0);
    expect(scoreAfter).toBeGreaterThan(scoreBefore);
    expect(scoreAfter).toBeLessThanOrEqual(100);
  }
});
