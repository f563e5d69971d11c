import { inFile, type Mutant } from '../mutant.ts';

/** Makes loaders once, for whoever comes first. */
const SHARED = `
function shared<T, S, L>(make: (stores: S, tenant: T) => L): (tenant: T, stores: S) => L {
  const made: L[] = [];
  return (tenant, stores) => (made[0] ??= make(stores, tenant));
}
`;

const ACROSS = ['test/isolation/loaders.test.ts'];

/** What a request finds in a subgraph. */
export const SUBGRAPHS: readonly Mutant[] = [
  inFile(
    'subgraphs/relational/index.ts',
    ACROSS,
  )({
    id: 'loaders-relational',
    wall: 'loaders of its own for each request to PostgreSQL',
    text: 'createLoaders: (tenant, { postgres }) => createRelationalLoaders(postgres, createVault(postgres, tenant, sealing)),',
    instead:
      'createLoaders: shared(({ postgres }, tenant) => createRelationalLoaders(postgres, createVault(postgres, tenant, sealing))),',
  }),
  inFile(
    'subgraphs/content/index.ts',
    ACROSS,
  )({
    id: 'loaders-content',
    wall: 'loaders of its own for each request to MongoDB',
    text: 'createLoaders: (_tenant, stores) => createLoaders(stores.mongo, now),',
    instead: 'createLoaders: shared((stores) => createLoaders(stores.mongo, now)),',
  }),
  inFile(
    'subgraphs/knowledge/index.ts',
    ACROSS,
  )({
    id: 'loaders-knowledge',
    wall: 'loaders of its own for each request to Neo4j',
    text: 'createLoaders: (_tenant, { neo4j }) => createLoaders(neo4j, run, translator),',
    instead: 'createLoaders: shared(({ neo4j }) => createLoaders(neo4j, run, translator)),',
  }),
].map(withShared);

const CURSORS = ['test/unit/subgraphs/connection.test.ts'];
const ENTITIES = ['test/unit/subgraphs/entities.test.ts'];
const entities = inFile('subgraphs/runtime/entities.ts', ENTITIES);

export const INPUTS: readonly Mutant[] = [
  inFile(
    'subgraphs/runtime/connection.ts',
    CURSORS,
  )({
    id: 'cursor-list',
    wall: 'the list that a cursor is for',
    text: 'if (from !== list || !parsed.success) throw invalid();',
    instead: 'if (!from || !parsed.success) throw invalid();',
  }),
  inFile(
    'subgraphs/runtime/connection.ts',
    CURSORS,
  )({
    id: 'cursor-shape',
    wall: 'the check of what a cursor holds',
    text: 'const parsed = schema.safeParse(key);',
    instead: 'const parsed = { success: true, data: key as Key };',
  }),
  inFile(
    'subgraphs/runtime/host.ts',
    ENTITIES,
  )({
    id: 'entities-guard',
    wall: 'the check of what `_entities` is given',
    text: 'guardEntities(schema);',
    instead: '',
  }),
  entities({
    id: 'entities-types',
    wall: 'the refusal of representations of no entity type',
    text: 'if (stranger !== undefined) {',
    instead: 'if (!types) {',
  }),
  entities({
    id: 'entities-keys',
    wall: 'the check that the key of an entity is text',
    text: "return typeof id === 'string' && id.length <= MAX_ID;",
    instead: 'return id !== MAX_ID;',
  }),
  entities({
    id: 'entities-many',
    wall: 'the limit of representations',
    text: 'if (representations.length > MAX_REPRESENTATIONS) {',
    instead: 'if (!representations) {',
  }),
];

/** Gives the changed file that function. */
function withShared({ changes, ...mutant }: Mutant): Mutant {
  const [change] = changes;
  if (!change) throw new TypeError('There is nothing to change.');
  const anchor = "import { buildSubgraphSchema } from '@apollo/subgraph';\n";
  return { ...mutant, changes: [{ file: change.file, text: anchor, instead: `${anchor}${SHARED}` }, change] };
}
