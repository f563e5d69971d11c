import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COLLECTION_NAMES } from '#stores/mongo/documents';
import { recordEvents } from '#stores/mongo/events';
import { count, eq, exists, oneOf, range, type TenantMongo } from '#stores/mongo/index';
import type { TenantContext } from '#tenancy/context';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';

/** Attacks of research/isolation.md, section 2, on the handle itself: A attacks, B is the victim. */
let world: TestMongo;
let a: TenantMongo;
let b: TenantMongo;
const A = randomUUID();
const B = randomUUID();
const CANARY = 'canary-of-b';
const victim = { contentId: randomUUID(), day: '2026-01-31', views: 7, clicks: 0, shares: 0, conversions: 0 };
const hostile = (value: unknown): never => value as never;

beforeAll(async () => {
  world = await openTestMongo();
  a = world.tenant(A);
  b = world.tenant(B);
  await b.collection('content_daily').insertMany([victim]);
  await recordEvents(b, [event('key-of-the-victim')]);
});
afterAll(() => world.close());

function event(idempotencyKey: string) {
  const properties = { note: CANARY };
  return {
    kind: 'SEARCH',
    at: new Date('2026-01-31T10:00:00Z'),
    idempotencyKey,
    properties,
  } as const;
}

test.each([{ $ne: null }, { $gt: '' }, { $in: [victim.contentId] }, { $regex: '.*' }, /.*/, null, [victim.contentId]])(
  'MG-01 an operator in place of a value is refused: %j',
  async (value) => {
    const daily = a.collection('content_daily');
    await expect(async () => daily.findOne({ contentId: eq(hostile(value)) }, ['views'])).rejects.toThrow('UUID');
    await expect(async () => daily.findOne({ contentId: hostile(value) }, ['views'])).rejects.toThrow(TypeError);
    await expect(async () => daily.count({ contentId: hostile(value) })).rejects.toThrow(TypeError);
  },
);

test.each([
  { tenantId: eq(B) },
  { $or: [{ tenantId: B }] },
  { $nor: [{ tenantId: A }] },
  { 'tenantId.x': eq(B) },
  { $where: 'true' },
  { $expr: { $function: { body: 'function() { return true }', args: [], lang: 'js' } } },
  { ['__proto__']: eq(B) },
])('MG-02 MG-03 no filter names the tenant, an operator or code', async (where) => {
  const daily = a.collection('content_daily');
  await expect(async () => daily.find(hostile(where), { fields: ['views'], limit: 9 })).rejects.toThrow(TypeError);
  await expect(async () => daily.updateOne(hostile(where), { set: { views: 0 } })).rejects.toThrow(TypeError);
});

test('MG-02 the ids of another tenant find, change and count nothing', async () => {
  const daily = a.collection('content_daily');
  const where = { contentId: oneOf([victim.contentId]) };
  expect(await daily.find(where, { fields: ['views'], limit: 9 })).toEqual([]);
  expect(await daily.findOne(where, ['views'])).toBeUndefined();
  expect(await daily.count({})).toBe(0);
  expect(await daily.updateOne(where, { set: { views: 0 } })).toBe(false);
  expect(await b.collection('content_daily').findOne(where, ['views'])).toEqual({ views: 7 });
});

test('MG-02 an upsert by the key of another tenant makes a row of one’s own', async () => {
  const mine = world.tenant();
  const { contentId, day } = victim;
  const inc = { views: 1, clicks: 0, shares: 0, conversions: 0 };
  await mine.collection('content_daily').upsertMany([{ key: { contentId, day }, update: { inc } }]);
  expect(await mine.collection('content_daily').findOne({}, ['views'])).toEqual({ views: 1 });
  expect(await b.collection('content_daily').findOne({}, ['views'])).toEqual({ views: 7 });
});

test.each(['$lookup', '$unionWith', '$graphLookup', '$facet', '$out', '$merge', '$geoNear', '$search', '$collStats'])(
  'MG-04 MG-05 MG-06 there is no place for the stage %s',
  async (stage) => {
    const bad = { [stage]: { from: 'content_daily', pipeline: [] } };
    const grouping = { where: {}, by: ['contentId'], compute: { rows: count() }, limit: 9 } as const;
    const run = (change: object) => a.collection('content_daily').group(hostile({ ...grouping, ...change }));
    await expect(run({ where: bad })).rejects.toThrow();
    await expect(run({ compute: bad })).rejects.toThrow();
    await expect(run({ by: [bad] })).rejects.toThrow();
    expect(await run(bad)).toEqual([]);
    const names = await world.mongo.dangerouslyAsSystem('test').listCollections({}, { nameOnly: true }).toArray();
    expect(names.map(({ name }) => name).sort()).toEqual(COLLECTIONS);
  },
);

test.each(['tenantId', '_id', '$$ROOT', 'body', { x: '$$ROOT' }])(
  'MG-07 %j is not projected or sorted by',
  async (field) => {
    const daily = a.collection('content_daily');
    await expect(async () => daily.find({}, { fields: [hostile(field)], limit: 1 })).rejects.toThrow(TypeError);
    const sort = [[hostile(field), 1]] as const;
    await expect(async () => daily.find({}, { fields: ['views'], sort, limit: 1 })).rejects.toThrow(TypeError);
  },
);

test.each([
  { set: { tenantId: A } },
  { $set: { tenantId: A } },
  { $rename: { views: 'tenantId' } },
  { unset: ['tenantId'] },
  [{ $set: { tenantId: A } }],
  { set: { contentId: victim.contentId } },
  { arrayFilters: [] },
])('MG-09 an update cannot move a document to another tenant', async (update) => {
  await expect(async () => a.collection('content_daily').updateOne({}, hostile(update))).rejects.toThrow();
});

test('MG-10 one foreign document among many refuses the whole call', async () => {
  const fresh = world.tenant();
  const rows = [1, 2, 3].map((views) => ({ ...victim, contentId: randomUUID(), views }));
  const withForeign = [...rows, hostile({ ...victim, tenantId: B })];
  await expect(fresh.collection('content_daily').insertMany(withForeign)).rejects.toThrow(TypeError);
  expect(await fresh.collection('content_daily').count({})).toBe(0);
});

test('MG-12 ids and idempotency keys of another tenant neither read nor collide', async () => {
  const [theirs] = await recordEvents(b, [event('key-of-the-victim')]);
  const id = theirs?.event.id ?? '';
  expect(await a.collection('analytics_events').findOne({ id: eq(id) }, ['properties'])).toBeUndefined();
  const fresh = world.tenant();
  const [own] = await recordEvents(fresh, [event('key-of-the-victim')]);
  expect(own).toMatchObject({ recorded: true });
  expect(own?.event.id).not.toBe(id);
});

test('MG-13 counts and groups are over one tenant', async () => {
  const fresh = world.tenant();
  const grouping = { where: {}, by: [], compute: { rows: count() }, limit: 1 } as const;
  expect(await fresh.collection('analytics_events').group(grouping)).toEqual([]);
  await recordEvents(fresh, [event('the-first-of-three'), event('the-second-of-three'), event('the-third-of-three')]);
  expect(await fresh.collection('analytics_events').group(grouping)).toEqual([{ rows: 3 }]);
  expect(
    await fresh.collection('analytics_events').count({ at: range({ gte: new Date(0) }), userId: exists(false) }),
  ).toBe(3);
});

test('MG-14 keys that mean something to JavaScript are refused and pollute nothing', async () => {
  const properties = JSON.parse('{"__proto__": {"polluted": true}}') as never;
  await expect(recordEvents(a, [{ ...event('key-with-a-prototype'), properties }])).rejects.toThrow('properties');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('the server refuses documents without a tenant, with unknown fields or under another tenant’s id', async () => {
  const raw = world.mongo.dangerouslyAsSystem('writes past the handle').collection<{ _id: string }>('content_daily');
  const row = { ...victim, tenantId: A };
  const refused = { code: 121 };
  await expect(raw.insertOne({ ...victim, _id: `${A}/x` })).rejects.toMatchObject(refused);
  await expect(raw.insertOne({ ...row, _id: `${B}/x` })).rejects.toMatchObject(refused);
  await expect(raw.insertOne({ ...row, _id: `${A}/x`, ...{ extra: 1 } })).rejects.toMatchObject(refused);
  await expect(raw.insertOne({ ...row, _id: `${A}/x`, ...{ tenantId: 'A' } })).rejects.toMatchObject(refused);
  await expect(raw.updateOne({ _id: { $regex: `^${B}` } }, { $set: { tenantId: A } })).rejects.toMatchObject(refused);
});

test('a context that the verifier did not make opens nothing', () => {
  const forged = { tenantId: B, tier: 'STANDARD', principal: { kind: 'user', id: B }, roles: [], scopes: [] };
  expect(() => world.mongo.forTenant(forged as unknown as TenantContext)).toThrow('not made by the verifier');
});

const COLLECTIONS = ['_migrations', ...COLLECTION_NAMES].sort();
