import pg from 'pg';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { openMongo } from '#stores/mongo/index';
import { openNeo4j } from '#stores/neo4j/index';
import { placementOf, type SchemaPlace } from '#stores/postgres/placement';
import { eraseDocuments } from './documents.ts';
import { TEST_SECRETS } from './secrets.ts';

/**
 * Takes a tenant out of the shared stores, past the product, as if it had never
 * been there: what another tenant is answered must not change by a byte.
 */
export async function eraseTenant(tenantId: string): Promise<void> {
  const settings = readSettings({ ...process.env, POLYGRAPH_SECRETS: TEST_SECRETS.join(',') });
  const log = createLogger({ level: 'silent' });
  await erasePostgres(settings.DATABASE_URL, tenantId);
  const mongo = openMongo({ url: settings.MONGODB_URL, timeoutMs: 20_000, log });
  await eraseDocuments(mongo.dangerouslyAsSystem('a test removes a tenant'), tenantId);
  await mongo.close();
  const { NEO4J_URL: url, NEO4J_USER: user, NEO4J_PASSWORD: password } = settings;
  const neo4j = openNeo4j({ url, user, password, timeoutMs: 20_000, log });
  await neo4j
    .dangerouslyAsSystem('a test removes a tenant')
    .run('MATCH (n {tenantId: $tenant}) DETACH DELETE n', { tenant: tenantId });
  await neo4j.close();
}

async function erasePostgres(url: string, tenantId: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I', table_name) AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name = 'tenant_id'`,
    );
    // Keys between the tables would make the order matter; a superuser may leave them unchecked.
    await client.query("SET session_replication_role = 'replica'");
    for (const { name } of rows) await client.query(`DELETE FROM ${name} WHERE tenant_id = $1`, [tenantId]);
    await client.query('DELETE FROM tenants WHERE id = $1', [tenantId]);
    const { name } = placementOf({ tenantId, tier: 'PREMIUM' }) as SchemaPlace;
    await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`DROP ROLE IF EXISTS ${name}`);
  } finally {
    await client.end();
  }
}
