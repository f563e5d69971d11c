import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dangerouslyWatchStatements, type Statement } from '#platform/statements';
import { urlOfRole } from '#stores/postgres/roles';
import { chooseVectorIndex, VECTOR_SCAN, type VectorIndex } from '#stores/postgres/vectors';
import { makeExecutionContext } from '#test/kit/memory';
import { asRole, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

/** More than a walk along the index passes over. */
const NEARER = Number(VECTOR_SCAN['hnsw.max_scan_tuples']) + 2_000;
const OWN = 30;
const QUESTION = Array.from({ length: 384 }, (_, at) => (at < 192 ? 1 : 0.1));

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 20_000 });
  await world.superuser('DROP INDEX offloaded_vectors_hnsw');
  await fill(world.b, NEARER, 0);
  // As far away as nothing of the other one.
  await fill(world.a, OWN, 1);
  await world.superuser(
    'CREATE INDEX offloaded_vectors_hnsw ON offloaded_vectors USING hnsw (embedding vector_cosine_ops)',
  );
  await world.superuser('ANALYZE offloaded_vectors, offloaded_contexts');
}, 180_000);
afterAll(() => world.close());

describe.each(['HNSW', 'IVFFLAT'] as const)('among very many nearer vectors of another tenant, with %s', (kind) => {
  beforeAll(() => choose(kind), 120_000);

  test('ME-07 a tenant gets as many of its own as it asked for, and the nearest', async () => {
    const { keys, statements } = await ask(world.a, 10);
    expect(keys).toEqual(Array.from({ length: 10 }, (_, at) => String(at + 1)));
    expect(statements).toHaveLength(1);
  });

  test('ME-07 the other one is answered along the index', async () => {
    const { keys, statements } = await ask(world.b, 10);
    expect(keys).toHaveLength(10);
    expect(await planOf(statements[0]?.text ?? '', world.b)).toMatch(
      new RegExp(`Index Scan using offloaded_vectors_${kind.toLowerCase()}`),
    );
  });
});

const NEAREST =
  'query ($near: Vector, $first: Int) { nearestOffloaded(near: $near, first: $first) { offloaded { key } } }';

async function ask(tenant: PostgresTenant, first: number) {
  const statements: Statement[] = [];
  const client = createRelationalClient(world, tenant);
  const stop = dangerouslyWatchStatements((statement) => statements.push(statement));
  const { data, errors } = await client.ask(NEAREST, { near: QUESTION, first });
  stop();
  expect(errors).toBeUndefined();
  return { keys: data.nearestOffloaded.map(({ offloaded }) => offloaded.key), statements };
}

/** Of the statement as it was sent, with its values, as the role that serves requests. */
function planOf(text: string, tenant: PostgresTenant): Promise<string> {
  return asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
    for (const [name, value] of Object.entries(VECTOR_SCAN)) await client.query(`SET ${name} = '${value}'`);
    await client.query(`BEGIN; SET LOCAL app.tenant = '${tenant.id}'`);
    await client.query(`PREPARE question AS ${text}`);
    const values = [`'[${QUESTION.join()}]'`, `'${EMBEDDER}'`, 10, `'${EMBEDDER}'`, 10, 10, 10];
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE question (${values.join(', ')})`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
}

const choose = (kind: VectorIndex): Promise<unknown> => asRole(world.url, (client) => chooseVectorIndex(client, kind));

const EMBEDDER = 'lexical-hashing-1';

/** Texts `1`, `2`, ... of a tenant, each a little further from the question than the one before; `far` turns all of them away. */
async function fill(tenant: PostgresTenant, count: number, far: number): Promise<void> {
  const contextId = await makeExecutionContext(createRelationalClient(world, tenant));
  const insert = (sql: string) => world.superuser(`SET session_replication_role = 'replica'; ${sql}`);
  await insert(`INSERT INTO offloaded_contexts (tenant_id, context_id, key, title, text_hash)
    SELECT '${tenant.id}', '${contextId}', n, n, '\\x00' FROM generate_series(1, ${count}) n`);
  await insert(`INSERT INTO offloaded_vectors (tenant_id, offloaded_id, embedder, embedding)
    SELECT tenant_id, id, '${EMBEDDER}', (
      SELECT array_agg(CASE WHEN at < 192 THEN 1 ELSE 0.1 + ${far} + 0.3 * key::int / ${count} + random() * 0.0001 END ORDER BY at)
      FROM generate_series(0, 383) at WHERE key IS NOT NULL)::real[]::vector
    FROM offloaded_contexts WHERE tenant_id = '${tenant.id}'`);
}
