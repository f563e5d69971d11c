import { expect, test } from 'vitest';
import type { Statement } from '#platform/statements';
import type { StoreName } from '#platform/tally';
import { missingWall } from '#test/kit/walls';

const TENANT = '11111111-1111-4111-8111-111111111111';
const statement = (store: StoreName, text: string | object, tenantId: string | undefined = TENANT): Statement => ({
  ...{ store, tenantId },
  text: typeof text === 'string' ? text : JSON.stringify(text),
});

test.each([
  statement('postgres', 'SELECT 1'),
  statement('mongo', { find: { tenantId: TENANT } }),
  statement('mongo', { aggregate: [{ $match: { tenantId: { $eq: TENANT } } }, { $limit: 1 }] }),
  statement('neo4j', 'MATCH (n {tenantId: $tenantId}) RETURN n'),
  statement('neo4j', 'MATCH (n) WHERE n.tenantId = $jwt.tenantId RETURN n'),
  statement('redis', `GET tenant:{${TENANT}}:rate:x`),
])('$store: $text stands behind its wall', (one) => {
  expect(missingWall(one, TENANT)).toBeUndefined();
});

test.each([
  { ...statement('postgres', 'SELECT * FROM contents'), tenantId: undefined },
  statement('mongo', { find: {} }),
  statement('mongo', { find: { $or: [{ tenantId: TENANT }, {}] } }),
  statement('mongo', { aggregate: [{ $limit: 1 }, { $match: { tenantId: TENANT } }] }),
  statement('mongo', { insertMany: [{ tenantId: TENANT }, { tenantId: 'another' }] }),
  statement('mongo', { deleteMany: { tenantId: TENANT } }),
  statement('neo4j', 'MATCH (n) RETURN n'),
  statement('neo4j', 'MATCH (n {tenantId: $tenantIds}) RETURN n'),
  statement('redis', `MGET tenant:{${TENANT}}:a tenant:{another}:a`),
])('$store: $text is seen to have none', (one) => {
  expect(missingWall(one, TENANT)).toContain(one.text);
});
