import { expect, test } from 'vitest';
import type { EntityFetch } from '#gateway/execution/compiled/entity-fetch';
import { Slots } from '#gateway/execution/compiled/slots';

const fetchOf = (...names: readonly string[]): EntityFetch => ({
  path: [],
  represent: (entity) =>
    JSON.stringify(Object.fromEntries(['__typename', ...names].map((name) => [name, entity[name]]))),
  key: names.length === 1 ? { typename: 'User', name: String(names[0]) } : undefined,
  rewriteOutput: undefined,
  isInterface: () => false,
});
const users = (...ids: readonly unknown[]) => ids.map((id) => ({ __typename: 'User', id, name: `n${id}` }));

test('the same key has the same place, and keys that only look alike have not', () => {
  const slots = new Slots([fetchOf('id')]);
  expect(slots.placesOf(users('1', 1, '1', null, 1, null, 'true', true), fetchOf('id'))).toEqual([
    0, 1, 0, 2, 1, 2, 3, 4,
  ]);
  expect(slots.texts).toHaveLength(5);
});

test('an entity under another type name has a place of its own', () => {
  const slots = new Slots([fetchOf('id')]);
  expect(slots.placesOf([...users('1'), { __typename: 'Admin', id: '1' }], fetchOf('id'))).toEqual([0, 1]);
});

test('fetches with other keys share what is the same text and nothing else', () => {
  const [byId, byBoth] = [fetchOf('id'), fetchOf('id', 'name')];
  const slots = new Slots([byId, byBoth, byId]);
  expect(slots.placesOf(users('1', '2'), byId)).toEqual([0, 1]);
  expect(slots.placesOf(users('2', '1'), byBoth)).toEqual([2, 3]);
  expect(slots.placesOf(users('2'), byId)).toEqual([1]);
});
