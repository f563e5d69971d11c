import type { ApolloServerPlugin } from '@apollo/server';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { CompiledOperations, Runnable } from '../execution/compiled/index.ts';
import type { GatewayContext } from '../execution/operation.ts';

/** An operation that Apollo Server has parsed and validated, and that is compiled. */
export interface KnownOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly runnable: Runnable;
}

/** By their text, for the schema of the day; Apollo Server stays the judge of what is valid. */
export interface KnownOperations {
  /** Learns on Apollo Server's road. */
  readonly plugin: ApolloServerPlugin<GatewayContext>;
  find(query: string, operationName: string | undefined): KnownOperation | undefined;
  /** Whether its schema is still the one that is served. */
  isCurrent(operation: KnownOperation): boolean;
}

/** @param maxCharacters of all texts that are kept */
export function createKnownOperations(
  compiled: CompiledOperations | undefined,
  { max = 1_000, maxCharacters = 500_000 } = {},
): KnownOperations {
  const cache = new LRUCache<string, KnownOperation>({ max, maxSize: maxCharacters });
  const current: { schema: GraphQLSchema | undefined } = { schema: undefined };
  return {
    find(query, operationName) {
      const known = cache.get(keyOf(query, operationName));
      return known?.schema === current.schema ? known : undefined;
    },
    isCurrent: ({ schema }) => schema === current.schema,
    plugin: {
      async serverWillStart() {
        return {
          schemaDidLoadOrUpdate({ apiSchema }) {
            current.schema = apiSchema;
            cache.clear();
          },
        };
      },
      requestDidStart: async () => ({
        // Later than the steps, which may refuse: what nobody may ask is not worth a place.
        async executionDidStart({ schema, document, operation, source, queryHash, request }) {
          const operationName = request.operationName || undefined;
          const runnable = compiled?.find(schema, { document, queryHash, operationName });
          if (!runnable || schema !== current.schema) return;
          const key = keyOf(source, operationName);
          cache.set(key, { schema, document, operation, runnable }, { size: key.length });
        },
      }),
    },
  };
}

/** A name holds no line break, so no two requests share a key. */
const keyOf = (query: string, operationName: string | undefined): string =>
  operationName === undefined ? `\n${query}` : `${operationName}\n${query}`;
