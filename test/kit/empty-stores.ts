import { Redis } from 'ioredis';
import neo4j, { type Driver } from 'neo4j-driver';
import pg from 'pg';
import { PLACE_NAME } from '#stores/postgres/placement';
import { POSTGRES_ROLES } from '#stores/postgres/roles';
import { emptyMongo } from './documents.ts';

/** Makes stores that are the test's own as they were before the product first saw them. */
export async function emptyStores(environment: Readonly<Record<string, string>>): Promise<void> {
  const { DATABASE_URL = '', MONGODB_URL = '', NEO4J_URL = '', REDIS_URL = '' } = environment;
  await emptyPostgres(new URL(DATABASE_URL));

  await emptyMongo(MONGODB_URL);

  const { NEO4J_USER = '', NEO4J_PASSWORD = '' } = environment;
  const graph = neo4j.driver(NEO4J_URL, neo4j.auth.basic(NEO4J_USER, NEO4J_PASSWORD));
  await emptyGraph(graph);
  await graph.close();

  const redis = new Redis(REDIS_URL);
  await redis.flushall();
  redis.disconnect();
}

async function emptyGraph(graph: Driver): Promise<void> {
  const namesOf = async (statement: string): Promise<string[]> =>
    (await graph.executeQuery(statement)).records.map((record) => String(record.get('name')));
  await graph.executeQuery('MATCH (n) DETACH DELETE n');
  for (const name of await namesOf('SHOW CONSTRAINTS YIELD name')) await graph.executeQuery(`DROP CONSTRAINT ${name}`);
  const indexes = await namesOf(`SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name`);
  for (const name of indexes) await graph.executeQuery(`DROP INDEX ${name}`);
}

async function emptyPostgres(url: URL): Promise<void> {
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const admin = new pg.Client(url.href);
  await admin.connect();
  try {
    await admin.query(`DROP DATABASE IF EXISTS ${admin.escapeIdentifier(name)} WITH (FORCE)`);
    // Of tenants that live apart: a database and a role, or a schema that has just gone and its role.
    const own = await admin.query<{ role: string }>('SELECT rolname AS role FROM pg_roles WHERE rolname ~ $1', [
      PLACE_NAME.source,
    ]);
    for (const { role } of own.rows) await admin.query(`DROP DATABASE IF EXISTS ${role} WITH (FORCE)`);
    for (const role of [...own.rows.map((row) => row.role), ...Object.values(POSTGRES_ROLES)]) {
      await admin.query(`DROP ROLE IF EXISTS ${admin.escapeIdentifier(role)}`);
    }
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)}`);
  } finally {
    await admin.end();
  }
}
