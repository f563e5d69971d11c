import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { urlOfRole } from '#stores/postgres/roles';
import { asRole, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

/**
 * That each index serves the statement it is for, as the role that serves requests and behind row-level security.
 * Enough rows, of two tenants, that the planner finds the index cheaper by itself: nothing is switched off.
 */
let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
  const { a, b } = world;
  for (const [tenant, rows] of [
    [a, 20_000],
    [b, 20_000],
  ] as const) {
    const seed = (sql: string) =>
      world.superuser(
        `SET session_replication_role = 'replica'; ${sql.replaceAll('$rows', String(rows)).replaceAll('$tenant', `'${tenant.id}'`).replaceAll('$user', `'${tenant.userId}'`)}`,
      );
    await seed(`INSERT INTO items (tenant_id, title, description, owner_id, created_at)
      SELECT $tenant, 'title ' || n, 'word' || n % 997, CASE WHEN n % 500 = 0 THEN $user::uuid END, now() - n * interval '1 minute'
      FROM generate_series(1, $rows) n`);
    await seed(`INSERT INTO contents (tenant_id, id, slug, title, tags, status, author_id, published_at, updated_at)
      SELECT $tenant, gen_random_uuid(), 's' || n, 'Title ' || n, ARRAY['tag' || n % 997], (CASE WHEN n % 400 = 0 THEN 'ARCHIVED' ELSE 'PUBLISHED' END)::content_status,
        CASE WHEN n % 500 = 0 THEN $user::uuid END, now() - n * interval '1 minute', now() - n * interval '1 minute' FROM generate_series(1, $rows) n`);
    await seed(`INSERT INTO content_search (tenant_id, content_id, revision, title, body)
      SELECT tenant_id, id, 1, title, 'body' || ascii(slug) || ' word' || substr(slug, 2)::int % 997 FROM contents WHERE tenant_id = $tenant`);
    await seed(`INSERT INTO audit_log SELECT $tenant, 1000 + n, now() - n * interval '1 second', 'user', $user, 'action' || n % 499, 'EVENT',
      'entity', (n % 997)::text, CASE WHEN n % 400 = 0 THEN 'ERROR' ELSE 'INFO' END, NULL, NULL,
      jsonb_build_object('n', n % 997), repeat('0', 64), repeat('0', 64) FROM generate_series(1, $rows) n`);
    await seed(
      `INSERT INTO users (id, email, name) SELECT gen_random_uuid(), $tenant || n || '@x.example', 'N' || n FROM generate_series(1, 5000) n`,
    );
    await seed(`INSERT INTO memberships (tenant_id, user_id, role, display_name, last_login_at)
      SELECT $tenant, id, (CASE WHEN name LIKE '%00' THEN 'AUDITOR' ELSE 'VIEWER' END)::membership_role, name, now() - right(email, 1)::text::interval
      FROM (SELECT id, name, '1' AS email FROM users WHERE email LIKE $tenant || '%@x.example') u`);
    await seed(`INSERT INTO memory_projects (tenant_id, id, key, name) VALUES ($tenant, $tenant, 'p', 'p')`);
    await seed(`INSERT INTO execution_contexts (tenant_id, id, project_id, key, name)
      SELECT $tenant, md5($tenant || n)::uuid, $tenant, 'c' || n, 'c' FROM generate_series(0, 99) n`);
    await seed(`INSERT INTO memories (tenant_id, id, context_id, kind, relevance_score, content, words, tags, created_at)
      SELECT $tenant, md5($tenant || '/' || n)::uuid, md5($tenant || n % 100)::uuid, 'SEMANTIC', 0.5, '{}', 'word' || n % 997,
        ARRAY['tag' || n % 997], now() - n * interval '1 minute' FROM generate_series(1, $rows) n`);
    await seed(`INSERT INTO memory_relationships (tenant_id, from_id, to_id, kind, strength)
      SELECT $tenant, md5($tenant || '/' || n)::uuid, md5($tenant || '/' || n + 1)::uuid, 'FOLLOWS', 1 FROM generate_series(1, $rows - 1) n`);
  }
  // What a bulk insert left in the waiting lists of GIN indexes would make them look dear.
  await world.superuser('VACUUM ANALYZE');
}, 120_000);
afterAll(() => world.close());

const PLANS: readonly (readonly [index: string, statement: string])[] = [
  ['items_created', 'SELECT * FROM items WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 20'],
  [
    'items_owner',
    `SELECT * FROM items WHERE owner_id = $user AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 20`,
  ],
  ['items_title', `SELECT * FROM items WHERE title = 'title 77'`],
  [
    'items_document',
    `SELECT * FROM items WHERE document @@ websearch_to_tsquery('english', 'word77') AND deleted_at IS NULL`,
  ],
  ['contents_newest', 'SELECT * FROM contents WHERE deleted_at IS NULL ORDER BY newest_order DESC, id DESC LIMIT 20'],
  ['contents_updated', 'SELECT * FROM contents WHERE deleted_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT 20'],
  [
    'contents_status',
    `SELECT * FROM contents WHERE status = 'ARCHIVED' AND deleted_at IS NULL ORDER BY newest_order DESC, id DESC LIMIT 20`,
  ],
  [
    'contents_author',
    `SELECT * FROM contents WHERE author_id = $user AND deleted_at IS NULL ORDER BY newest_order DESC, id DESC LIMIT 20`,
  ],
  ['contents_tags', `SELECT * FROM contents WHERE tags @> ARRAY['tag77'] AND deleted_at IS NULL`],
  [
    'content_search_document',
    `SELECT * FROM content_search WHERE document @@ websearch_to_tsquery('english', 'word77')`,
  ],
  ['memberships_by_role', `SELECT * FROM memberships WHERE role = 'AUDITOR' ORDER BY user_id LIMIT 20`],
  [
    'memberships_last_login',
    'SELECT * FROM memberships WHERE last_login_at IS NOT NULL ORDER BY last_login_at DESC NULLS LAST LIMIT 20',
  ],
  ['users_email_key', `SELECT * FROM users WHERE email = 'owner@a.example'`],
  [
    'audit_log_\\d{4}_\\d{2}_tenant_id_at',
    `SELECT * FROM audit_log WHERE at > now() - interval '30 seconds' AND at < now()`,
  ],
  [
    'audit_log_\\d{4}_\\d{2}_tenant_id_action',
    `SELECT * FROM audit_log WHERE action = 'action77' ORDER BY seq DESC LIMIT 20`,
  ],
  [
    'audit_log_\\d{4}_\\d{2}_tenant_id_entity',
    `SELECT * FROM audit_log WHERE entity = 'entity' AND entity_id = '77' ORDER BY seq DESC`,
  ],
  [
    'audit_log_\\d{4}_\\d{2}_tenant_id_severity',
    `SELECT * FROM audit_log WHERE severity IN ('ERROR', 'CRITICAL') AND severity = 'ERROR' ORDER BY at DESC LIMIT 20`,
  ],
  ['memories_newest', 'SELECT * FROM memories ORDER BY created_at DESC, id DESC LIMIT 20'],
  [
    'memories_context',
    'SELECT * FROM memories WHERE context_id = md5($tenant || 7)::uuid ORDER BY created_at DESC, id DESC LIMIT 20',
  ],
  ['memories_tags', `SELECT * FROM memories WHERE tags @> ARRAY['tag77']`],
  ['memories_document', `SELECT * FROM memories WHERE document @@ websearch_to_tsquery('english', 'word77')`],
  ['memory_relationships_pkey', `SELECT * FROM memory_relationships WHERE from_id = md5($tenant || '/77')::uuid`],
  ['memory_relationships_to', `SELECT * FROM memory_relationships WHERE to_id = md5($tenant || '/77')::uuid`],
  ['audit_log_\\d{4}_\\d{2}_metadata', `SELECT * FROM audit_log WHERE metadata @> '{"n": 77}'`],
];

describe('the index', () => {
  it.each(PLANS)('%s serves %s', async (index, statement) => {
    const plan = await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
      await client.query(`BEGIN; SET LOCAL app.tenant = '${world.a.id}'`);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN ${statement.replaceAll('$user', `'${world.a.userId}'`).replaceAll('$tenant', `'${world.a.id}'`)}`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toMatch(new RegExp(`\\b${index}`));
  });
});
