import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Neo4jGraphQL } from '@neo4j/graphql';
import { type DocumentNode, execute, type GraphQLSchema, Kind, parse, type SelectionNode } from 'graphql';
import type { TenantNeo4j } from '#stores/neo4j/index';

/**
 * The schema that @neo4j/graphql generates. It is executed by us alone, never
 * served. The key verifies nothing: no token is ever put into its context, and
 * a random one keeps the library from warning that it has none.
 */
export function generateEngine(): Promise<GraphQLSchema> {
  const typeDefs = readFileSync(new URL('./types.graphql', import.meta.url), 'utf8');
  return new Neo4jGraphQL({ typeDefs, features: { authorization: { key: randomUUID() } } }).getSchema();
}

export type RunEngine = (
  neo4j: TenantNeo4j,
  selections: readonly SelectionNode[],
  variables?: Readonly<{ ids: readonly string[] }>,
) => Promise<Readonly<Record<string, unknown>>>;

/**
 * Runs a query of the generated schema as one tenant. The execution context is
 * the tenant's handle and not a driver, so each statement that the library
 * writes passes the guard and is counted, and `jwt` says what the handle says.
 */
export function createEngine(generated: GraphQLSchema): RunEngine {
  return async (neo4j, selections, { ids } = { ids: [] }) => {
    const result = await execute({
      schema: generated,
      document: documentOf(selections, ids.length > 0),
      variableValues: { ids },
      contextValue: {
        executionContext: {
          run: async (statement: string, parameters: Record<string, unknown>) =>
            statement === ASKS_THE_VERSION ? OLDEST_SERVER : neo4j.readGenerated(statement, parameters),
        },
        jwt: { tenantId: neo4j.tenantId },
      },
    });
    const [error] = result.errors ?? [];
    if (error) throw error.originalError ?? error;
    return result.data ?? {};
  };
}

function documentOf(selections: readonly SelectionNode[], withIds: boolean): DocumentNode {
  const shell = withIds ? WITH_IDS : PLAIN;
  return {
    ...shell,
    definitions: shell.definitions.map((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? { ...definition, selectionSet: { kind: Kind.SELECTION_SET, selections } }
        : definition,
    ),
  };
}

/**
 * The library asks this once a process, in the first request of whichever tenant
 * comes first. It is told the oldest server we run on (platform/settings.ts), so
 * that its statements are the same on every server and none of them is about no tenant.
 */
const ASKS_THE_VERSION =
  'CYPHER 5\nCALL dbms.components() YIELD versions, edition UNWIND versions AS version RETURN version, edition';
const OLDEST_SERVER = { records: [['5.26.0', 'community']] };

const PLAIN = parse('query { __typename }');
const WITH_IDS = parse('query ($ids: [ID!]!) { __typename }');
