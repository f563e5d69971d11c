import type { Neo4j } from './index.ts';

/**
 * Constraints and indexes, each safe to create again. The tenant comes first
 * in every key, so one id or name may live in two tenants and a collision
 * never tells that another tenant has it.
 */
export async function migrateNeo4j(neo4j: Neo4j): Promise<{ applied: string[] }> {
  const system = neo4j.dangerouslyAsSystem('create constraints and indexes');
  const done = new Set(
    (await system.run<{ name: string }>('MATCH (m:_Migration) RETURN m.name AS name')).map(({ name }) => name),
  );
  const applied: string[] = [];
  for (const [name, statements] of Object.entries(MIGRATIONS)) {
    if (done.has(name)) continue;
    for (const statement of statements) await system.run(statement);
    await system.run('MERGE (m:_Migration {name: $name}) ON CREATE SET m.appliedAt = datetime()', { name });
    applied.push(name);
  }
  await system.run('CALL db.awaitIndexes(60)');
  return { applied };
}

const ENTITIES = ['Content', 'Topic', 'Keyword', 'Concept', 'Audience', 'Competitor'];
const NAMED = ['Topic', 'Keyword', 'Concept', 'Audience', 'Competitor'];

/** Applied in this order, each once; never edit one that was released, add another. */
const MIGRATIONS: Readonly<Record<string, readonly string[]>> = {
  '001-keys': [
    'CREATE CONSTRAINT migration_name IF NOT EXISTS FOR (n:_Migration) REQUIRE n.name IS UNIQUE',
    ...ENTITIES.map((label) => unique(label, 'id')),
    ...NAMED.map((label) => unique(label, 'name')),
  ],
  '002-lookups': [
    ...ENTITIES.map((label) => index(label, ['tenantId'])),
    index('Content', ['tenantId', 'slug']),
    index('Topic', ['tenantId', 'slug']),
    unique('Slug', 'slug'),
  ],
  '003-slugs-of-ideas': [index('Keyword', ['tenantId', 'slug']), index('Concept', ['tenantId', 'slug'])],
  '004-taxonomy-and-degrees': [
    unique('Taxonomy', 'id'),
    degree('TARGETS', 'fit'),
    degree('MENTIONS', 'salience'),
    degree('COVERS', 'coverage'),
  ],
};

/** Relations that were made before they had a degree apply in full. */
function degree(type: string, property: string): string {
  return `MATCH ()-[r:${type}]->() WHERE r.${property} IS NULL SET r.${property} = 1.0`;
}

function unique(label: string, property: string): string {
  const name = `${label.toLowerCase()}_${property}`;
  return `CREATE CONSTRAINT ${name} IF NOT EXISTS FOR (n:${label}) REQUIRE (n.tenantId, n.${property}) IS UNIQUE`;
}

function index(label: string, properties: readonly string[]): string {
  const name = `${label.toLowerCase()}_by_${properties.join('_').toLowerCase()}`;
  const keys = properties.map((property) => `n.${property}`).join(', ');
  return `CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (${keys})`;
}
