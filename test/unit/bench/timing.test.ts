import { expect, test } from 'vitest';
import { rankTest } from '#bench/timing';

const ascending = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at);

test('times that differ are told from times that do not', () => {
  const even = ascending(200).map((at) => at * 2);
  const odd = even.map((time) => time + 1);
  expect(rankTest(even, odd)).toBeGreaterThan(0.9);
  expect(rankTest(ascending(200), ascending(200, 50))).toBeLessThan(1e-6);
});

test('the p is the one that statistics books give', () => {
  // U = 1 of 16 possible: z = 2.0207.
  expect(rankTest([1, 2, 3, 5], [4, 6, 7, 8])).toBeCloseTo(0.0433, 3);
});
