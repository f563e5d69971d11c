import { expect, test } from 'vitest';
import { parseRatings } from '#operations/import/keyword-ratings';

test('ratings are read by the names of their columns, others passed over', () => {
  const text =
    '\uFEFFVolume,Country,Keyword,Difficulty\r\n90500,US,graphql,71\r\n,DE,"schema, strict ""json""",48\r\n\r\n';
  expect(parseRatings(text)).toEqual([
    { name: 'graphql', volume: 90_500, difficulty: 71 },
    { name: 'schema, strict "json"', volume: null, difficulty: 48 },
  ]);
});

test.each([
  ['Name,Volume\nx,1', 'Line 1 names no column `keyword`.'],
  ['keyword,volume\nx,1\ny,many', 'Line 3 holds "many" where a whole number belongs.'],
  ['keyword,volume\nx,1.5', 'Line 2 holds "1.5" where a whole number belongs.'],
])('%j is refused', (text, message) => {
  expect(() => parseRatings(text)).toThrow(message);
});
