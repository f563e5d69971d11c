import { readFileSync } from 'node:fs';
import { Neo4jGraphQL } from '@neo4j/graphql';
import type { GraphQLSchema } from 'graphql';

/** The schema that @neo4j/graphql generates. It is executed by us alone, never served. */
export function generateEngine(): Promise<GraphQLSchema> {
  return new Neo4jGraphQL({ typeDefs: readFileSync(new URL('./types.graphql', import.meta.url), 'utf8') }).getSchema();
}
