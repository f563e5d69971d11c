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
  statement(
    'postgres',
    'SELECT c.title FROM public.contents c JOIN memberships m ON m.user_id = c.author_id WHERE c.id = $1',
  ),
  statement('postgres', 'WITH e AS (INSERT INTO outbox (kind) VALUES ($1) RETURNING id) SELECT id FROM e'),
  statement('postgres', "SELECT set_config('app.principal', $1, true)"),
  statement('mongo', { find: { tenantId: TENANT } }),
  statement('mongo', { aggregate: [{ $match: { tenantId: { $eq: TENANT } } }, { $limit: 1 }] }),
  statement('neo4j', 'MATCH (n {tenantId: $tenantId}) RETURN n'),
  statement('neo4j', 'MATCH (n) WHERE n.tenantId = $jwt.tenantId RETURN n'),
  statement('redis', `GET tenant:{${TENANT}}:rate:x`),
])('$store: $text stands behind its wall', (one) => {
  expect(missingWall(one, { id: TENANT, tier: 'STANDARD' })).toBeUndefined();
});

test.each([
  { ...statement('postgres', 'SELECT * FROM contents'), tenantId: undefined },
  statement('postgres', 'SELECT * FROM t_1.contents'),
  statement('postgres', 'SELECT title FROM contents UNION ALL SELECT title FROM other.contents'),
  statement('postgres', 'SELECT (SELECT title FROM other.contents LIMIT 1)'),
  statement('postgres', 'UPDATE other.contents SET title = $1'),
  statement('postgres', 'SELECT query FROM pg_stat_activity'),
  statement('postgres', "SELECT 1; SELECT set_config('app.tenant', $1, true)"),
  statement('postgres', "SELECT * FROM contents WHERE set_config('app.tenant', $1, true) IS NOT NULL"),
  statement('postgres', 'SELECT pg_catalog.set_config($1, $2, true)'),
  statement('postgres', 'SELECT pg_read_file($1)'),
  statement('postgres', 'SET LOCAL app.tenant = 1'),
  statement('postgres', 'SET ROLE postgres'),
  statement('postgres', 'SELECT * INTO mine FROM contents'),
  statement('postgres', 'COPY contents TO STDOUT'),
  statement('postgres', 'TRUNCATE contents'),
  statement('mongo', { find: {} }),
  { ...statement('mongo', { find: { tenantId: TENANT } }), tenantId: undefined },
  statement('mongo', { aggregate: [{ $match: { tenantId: TENANT } }, { $lookup: { from: 'content_daily' } }] }),
  statement('mongo', { aggregate: [{ $match: { tenantId: TENANT } }, { $facet: { a: [{ $unionWith: 'x' }] } }] }),
  statement('mongo', { find: { tenantId: TENANT, $where: 'true' } }),
  statement('mongo', { updateOne: { tenantId: TENANT }, update: { $set: { tenantId: 'another' } } }),
  statement('mongo', { estimatedDocumentCount: {} }),
  statement('mongo', { find: { $or: [{ tenantId: TENANT }, {}] } }),
  statement('mongo', { aggregate: [{ $limit: 1 }, { $match: { tenantId: TENANT } }] }),
  statement('mongo', { insertMany: [{ tenantId: TENANT }, { tenantId: 'another' }] }),
  statement('mongo', { deleteMany: { tenantId: TENANT } }),
  statement('neo4j', 'MATCH (n) RETURN n'),
  statement('neo4j', 'MATCH (n) WHERE n.tenantId = $tenantId OR n.tenantId <> $tenantId RETURN n'),
  statement('neo4j', 'MATCH (n {tenantId: $tenantId})-[*1..3]-(m {tenantId: $tenantId}) RETURN m'),
  statement('neo4j', 'MATCH (n {tenantId: $tenantId})-[:HAS_TOPIC]->(m) RETURN m'),
  statement('neo4j', 'MATCH (n {tenantId: $tenantId}) // $tenantId'),
  statement('neo4j', 'MATCH (n {tenantId: $tenantIds}) RETURN n'),
  statement('redis', `MGET tenant:{${TENANT}}:a tenant:{another}:a`),
])('$store: $text is seen to have none', (one) => {
  expect(missingWall(one, { id: TENANT, tier: 'STANDARD' })).toContain(one.text);
});

test('a tenant with a schema of its own is seen to leave it', () => {
  const own = `t_${TENANT.replaceAll('-', '')}`;
  const fault = (schema: string) =>
    missingWall(statement('postgres', `SELECT 1 FROM ${schema}.contents`), { id: TENANT, tier: 'PREMIUM' });
  expect(fault(own)).toBeUndefined();
  expect(fault('public')).toContain('reads public.contents');
});
