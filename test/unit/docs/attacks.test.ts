import { expect, test } from 'vitest';
import { testsById } from '#docs/attacks';
import { ATTACKS } from '#test/isolation/attacks/table/index';

const shown = testsById();

test('every attack of the table is tried by a test, or says why it cannot be', () => {
  const silent = ATTACKS.filter(({ id, absent }) => !shown.has(id) && absent === undefined);
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test('no attack is both tried and said to be impossible', () => {
  const both = ATTACKS.filter(({ id, absent }) => shown.has(id) && absent !== undefined);
  expect(
    both.map(({ id }) => id),
    'take `absent` from its row in test/isolation/attacks/table',
  ).toEqual([]);
});

test('every id that a test names is in the table, once', () => {
  const listed = ATTACKS.map(({ id }) => id);
  expect(new Set(listed).size).toBe(listed.length);
  expect([...shown.keys()].filter((id) => !listed.includes(id))).toEqual([]);
});
