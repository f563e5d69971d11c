import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGrouping, count, first, sum } from '#stores/mongo/aggregate';
import { compileDocument, compileFields, compileIdentity, compileSort, compileUpdate } from '#stores/mongo/compile';
import { COLLECTIONS } from '#stores/mongo/documents';

const TENANT = '00000000-0000-4000-8000-00000000000a';
const OTHER = '00000000-0000-4000-8000-00000000000b';
const CONTENT = '00000000-0000-4000-8000-0000000000c1';
const daily = COLLECTIONS.content_daily;
const events = COLLECTIONS.analytics_events;
const row = { contentId: CONTENT, day: '2026-01-31', views: 1, clicks: 0, shares: 0, conversions: 0 };

test('a document is stamped with its tenant, in a field and in its _id', () => {
  expect(compileDocument(daily, TENANT, row)).toEqual({
    ...row,
    tenantId: TENANT,
    _id: `${TENANT}/${CONTENT}/2026-01-31`,
  });
});

test('the same key of two tenants is two documents', () => {
  expect(compileIdentity(daily, TENANT, row)._id).not.toBe(compileIdentity(daily, OTHER, row)._id);
});

test.each([
  ['tenantId', { ...row, tenantId: OTHER }],
  ['_id', { ...row, _id: 'x' }],
  ['an unknown field', { ...row, extra: 1 }],
  ['an operator as value', { ...row, views: { $inc: 1 } }],
  ['an impossible day', { ...row, day: '2026-02-40' }],
  ['no key', { ...row, contentId: undefined }],
])('a document with %s is refused', (_, document) => {
  expect(() => compileDocument(daily, TENANT, document)).toThrow();
});

test.each([
  ['the tenant', { set: { tenantId: OTHER } }],
  ['the key', { set: { contentId: CONTENT } }],
  ['the _id', { setOnInsert: { _id: 'x' } }],
  ['the tenant by removal', { unset: ['tenantId'] }],
  ['a required field by removal', { unset: ['views'] }],
  ['a rename', { $rename: { views: 'tenantId' } }],
  ['an operator of its own', { $set: { tenantId: OTHER } }],
  ['a path', { set: { 'a.b': 1 } }],
  ['a text by counting', { inc: { day: 1 } }],
  ['nothing', { set: {} }],
  ['a pipeline', [{ $set: { tenantId: OTHER } }]],
])('an update cannot change %s', (_, update) => {
  expect(() => compileUpdate(daily, update)).toThrow();
});

test.each(['tenantId', '_id', '$$ROOT', 'a.b', '$meta', '__proto__', ''])(
  '%s cannot be projected or sorted by',
  (field) => {
    expect(() => compileFields(daily, [field])).toThrow(TypeError);
    expect(() => compileSort(daily, [[field, 1]])).toThrow(TypeError);
  },
);

const counted = { where: {}, by: ['contentId'], compute: { views: sum('views') }, limit: 10 } as const;

test('a grouping starts with the tenant', () => {
  const [match, group] = compileGrouping(daily, TENANT, { ...counted, compute: { ...counted.compute, rows: count() } });
  expect(match).toEqual({ $match: { tenantId: TENANT } });
  expect(group).toEqual({ $group: { _id: { contentId: '$contentId' }, views: { $sum: '$views' }, rows: { $sum: 1 } } });
});

test.each([
  ['a hand-made accumulator', { ...counted, compute: { x: { $push: '$$ROOT' } } }],
  ['a field that is not there', { ...counted, compute: { x: first(1, [['day', 1]], ['tenantId' as never]) } }],
  ['an expression as group', { ...counted, by: ['$$ROOT'] }],
  ['a sum of text', { ...counted, compute: { x: sum('day') } }],
  ['a sort by something else', { ...counted, sort: [['tenantId', 1]] as const }],
  ['an operator as name', { ...counted, compute: { $x: count() } }],
  ['the group key as name', { ...counted, compute: { _id: count() } }],
  ['no limit', { ...counted, limit: Number.POSITIVE_INFINITY }],
])('a grouping with %s is refused', (_, grouping) => {
  expect(() => compileGrouping(daily, TENANT, grouping)).toThrow();
});

test('no input makes a pipeline of anything but match, group, sort and limit, the tenant first', () => {
  const part = fc.anything({ key: fc.constantFrom('where', 'by', '$lookup', '$match', 'views', 'from', 'pipeline') });
  const grouping = fc.record({
    where: part,
    by: fc.array(fc.string()),
    compute: part,
    sort: fc.constant([]),
    limit: fc.nat(),
  });
  const ours = fc.record({
    where: fc.constant({}),
    by: fc.subarray(['contentId', 'day']),
    compute: fc.constant({ rows: count() }),
    limit: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.oneof(grouping, ours), (given) => {
      let stages: Record<string, unknown>[];
      try {
        stages = compileGrouping(daily, TENANT, given as Parameters<typeof compileGrouping>[2]);
      } catch {
        return;
      }
      expect(stages.map((stage) => Object.keys(stage)[0]).filter((name) => name !== '$sort')).toEqual([
        '$match',
        '$group',
        '$limit',
      ]);
      expect(stages[0]?.$match).toHaveProperty('tenantId', TENANT);
    }),
    { numRuns: 2_000 },
  );
});

const event = { id: CONTENT, kind: 'VIEW', at: new Date(0), day: '1970-01-01', idempotencyKey: 'a-key-of-eight' };

test.each([
  ['an operator', { $where: 1 }],
  ['a path', { 'a.b': 1 }],
  ['__proto__', JSON.parse('{"__proto__": 1}')],
  ['constructor', { constructor: 1 }],
  ['a nested object', { a: { b: 1 } }],
  ['a list', { a: [1] }],
  ['NaN', { a: Number.NaN }],
  ['a Map', new Map([['a', 1]])],
])('properties with %s are refused', (_, properties) => {
  expect(() => compileDocument(events, TENANT, { ...event, properties })).toThrow('properties');
  expect(({} as Record<string, unknown>).a).toBeUndefined();
});
