import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastDays } from '#stores/mongo/days';
import { COLLECTIONS } from '#stores/mongo/documents';
import { compileFilter, eq, exists, oneOf, range, type Where } from '#stores/mongo/filter';

const TENANT = '00000000-0000-4000-8000-00000000000a';
const CONTENT = '00000000-0000-4000-8000-0000000000c1';
const spec = COLLECTIONS.analytics_events;
const compile = (where: unknown): unknown => compileFilter(spec, TENANT, where as object);

test('a filter is the fields asked for and the tenant, which comes last', () => {
  const at = new Date(0);
  const filter = compileFilter(spec, TENANT, {
    contentId: oneOf([CONTENT]),
    at: range({ gte: at }),
    userId: exists(true),
  });
  expect(filter).toEqual({
    contentId: { $in: [CONTENT] },
    at: { $gte: at },
    userId: { $exists: true },
    tenantId: TENANT,
  });
  expect(Object.keys(filter).at(-1)).toBe('tenantId');
});

test('an equality is the scalar by itself, so that every server can follow an index of several fields', () => {
  const [at, day] = [new Date(0), '2026-01-31'];
  expect(compile({ at: eq(at), day: eq(day) })).toEqual({ at, day, tenantId: TENANT });
});

test('a filter that names whole keys goes straight to the documents, inside the tenant', () => {
  const days = ['2026-01-30', '2026-01-31'];
  const filter = compileFilter(COLLECTIONS.content_daily, TENANT, { contentId: eq(CONTENT), day: oneOf(days) });
  expect(Object.keys(filter)).toEqual(['_id', 'contentId', 'day', 'tenantId']);
  expect(filter._id).toEqual({ $in: days.map((day) => `${TENANT}/${CONTENT}/${day}`) });
});

test.each([
  ['a part of the key', { contentId: eq(CONTENT) }],
  ['a range of keys', { contentId: eq(CONTENT), day: range({ gte: '2026-01-30' }) }],
  ['very many keys', { contentId: eq(CONTENT), day: oneOf(lastDays(501, new Date(0))) }],
])('a filter by %s leaves the way to the server', (_, where) => {
  expect(compileFilter(COLLECTIONS.content_daily, TENANT, where)).not.toHaveProperty('_id');
});

test('a keyset asks for what lies behind a place, inside the tenant', () => {
  const sort = [
    ['at', -1],
    ['id', -1],
  ] as const;
  const filter = compileFilter(spec, TENANT, {}, { sort, values: [new Date(5), CONTENT] });
  expect(filter).toEqual({
    $or: [{ at: { $lt: new Date(5) } }, { at: { $eq: new Date(5) }, id: { $lt: CONTENT } }],
    tenantId: TENANT,
  });
});

test.each([
  ['the tenant', { tenantId: eq('x') }],
  ['the _id', { _id: eq('x') }],
  ['an operator', { $or: [{ tenantId: 'b' }] }],
  ['$where', { $where: 'true' }],
  ['$expr', { $expr: { $eq: [1, 1] } }],
  ['a path', { 'properties.a': eq(1) }],
  ['an inherited name', { constructor: eq(1) }],
  ['a bare value', { kind: 'VIEW' }],
  ['a look-alike of a condition', { kind: { $ne: null } }],
  ['a copy of a condition', { kind: structuredClone(eq('VIEW')) }],
  ['a list instead of fields', [eq('VIEW')]],
  ['JSON', { properties: eq('x') }],
])('a filter cannot name %s', (_, where) => {
  expect(() => compile(where)).toThrow(TypeError);
});

test.each([
  ['an operator object', eq({ $ne: null })],
  ['a list', eq(['VIEW'])],
  ['a pattern', eq(/.*/)],
  ['null', eq(null)],
  ['a number', eq(1)],
  ['an unknown kind', eq('VIEW2')],
  ['an operator in a list', oneOf(['VIEW', { $gt: '' }])],
  ['an operator as a bound', range({ gte: { $gt: '' } })],
])('a value cannot be %s', (_, condition) => {
  expect(() => compile({ kind: condition })).toThrow('`kind` has to be');
});

test('a list of more than a thousand values is refused', () => {
  expect(() => compile({ contentId: oneOf(Array(1_001).fill(CONTENT)) })).toThrow('at most 1000');
});

const name = fc.oneof(
  fc.constantFrom(...Object.keys(spec.fields), 'tenantId', '_id', '$or', '$where', '$nor', '__proto__', 'a.b'),
  fc.string(),
);
const hostile = fc.anything({ withDate: true, withNullPrototype: true, withMap: true, key: name });
const condition = fc.oneof(
  hostile,
  hostile.map((value) => eq(value)),
  fc.array(hostile).map((values) => oneOf(values)),
  fc.record({ gte: hostile, lt: hostile }).map(({ gte, lt }) => range({ gte: gte ?? null, lt: lt ?? null })),
  hostile.map((value) => exists(value as boolean)),
  fc.constantFrom(eq('VIEW'), oneOf([CONTENT]), range({ gte: new Date(0) })),
);

test('no input makes a filter without the tenant or with an operator of its own', () => {
  fc.assert(
    fc.property(fc.oneof(fc.dictionary(name, condition), hostile), (where) => {
      const filter = compileOrRefuse(where);
      if (!filter) return;
      const { tenantId, _id, ...conditions } = filter;
      expect(tenantId).toBe(TENANT);
      const ids = (_id?.$in ?? []) as string[];
      expect(ids.every((id) => id.startsWith(`${TENANT}/`))).toBe(true);
      for (const [field, operators] of Object.entries(conditions)) {
        expect(Object.keys(spec.fields)).toContain(field);
        if (isScalar(operators)) continue;
        for (const [operator, value] of Object.entries(operators)) {
          expect(['$eq', '$in', '$gte', '$gt', '$lt', '$lte', '$exists']).toContain(operator);
          expect([value].flat().every(isScalar)).toBe(true);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

function compileOrRefuse(where: unknown): Record<string, Record<string, unknown>> | undefined {
  try {
    return compileFilter(spec, TENANT, where as Where<never>) as Record<string, Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

const isScalar = (value: unknown): boolean =>
  value instanceof Date || ['string', 'number', 'boolean'].includes(typeof value);
