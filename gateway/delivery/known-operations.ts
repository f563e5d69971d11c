import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { CompiledOperations, Runnable } from '../execution/compiled/index.ts';
import type { GatewayContext } from '../execution/operation.ts';

/** An operation that is parsed, validated and compiled. */
export interface KnownOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly runnable: Runnable;
}

/** How a client names an operation: by its text, and by its name where the text holds several. */
export interface AskedOperation {
  readonly query: string;
  readonly operationName?: string | undefined;
}

/** By their text, for the schema of the day; Apollo Server stays the judge of what is valid. */
export interface KnownOperations {
  /** Learns on Apollo Server's road. With a new schema, what was known is made ready again. */
  readonly plugin: ApolloServerPlugin<GatewayContext>;
  find(query: string, operationName: string | undefined): KnownOperation | undefined;
  /** Whether its schema is still the one that is served. */
  isCurrent(operation: KnownOperation): boolean;
  /**
   * Plans operations before anybody asks, a turn of the event loop for each, so that requests get through in between.
   * @param asked whose texts are trusted: limits are for those who send them
   * @returns how many are ready; those that are not valid never are
   */
  warm(asked: readonly AskedOperation[]): Promise<number>;
}

/** @param maxCharacters of all texts that are kept */
export function createKnownOperations(
  compiled: CompiledOperations | undefined,
  { max = 1_000, maxCharacters = 500_000 } = {},
): KnownOperations {
  const cache = new LRUCache<string, KnownOperation>({ max, maxSize: maxCharacters });
  const current: { schema: GraphQLSchema | undefined } = { schema: undefined };

  const keep = ({ query, operationName }: AskedOperation, known: KnownOperation): void => {
    const key = keyOf(query, operationName);
    cache.set(key, known, { size: key.length });
  };

  const learn = (schema: GraphQLSchema, { query, operationName }: AskedOperation): boolean => {
    const document = parse(query);
    const operation = getOperationAST(document, operationName);
    if (!operation || validate(schema, document).length > 0) return false;
    const queryHash = createHash('sha256').update(query).digest('hex');
    const runnable = compiled?.find(schema, { document, queryHash, operationName });
    if (!runnable) return false;
    const known = { schema, document, operation, runnable };
    keep({ query, operationName }, known);
    // Clients name an operation also where its text holds no other.
    if (operationName === undefined && operation.name) keep({ query, operationName: operation.name.value }, known);
    return true;
  };

  const warm = async (asked: readonly AskedOperation[]): Promise<number> => {
    const { schema } = current;
    let ready = 0;
    for (const one of asked) {
      await nextTurn();
      if (!schema || current.schema !== schema) return ready;
      try {
        if (cache.has(keyOf(one.query, one.operationName)) || learn(schema, one)) ready += 1;
      } catch {
        // Whoever asks for it is told what is wrong with it.
      }
    }
    return ready;
  };

  return {
    find(query, operationName) {
      const known = cache.get(keyOf(query, operationName));
      return known?.schema === current.schema ? known : undefined;
    },
    isCurrent: ({ schema }) => schema === current.schema,
    warm,
    plugin: {
      async serverWillStart() {
        return {
          schemaDidLoadOrUpdate({ apiSchema }) {
            current.schema = apiSchema;
            const former = [...cache.keys()].map(askedBy);
            cache.clear();
            void warm(former);
          },
        };
      },
      requestDidStart: async () => ({
        // Later than the steps, which may refuse: what nobody may ask is not worth a place.
        async executionDidStart({ schema, document, operation, source, queryHash, request }) {
          const operationName = request.operationName || undefined;
          const runnable = compiled?.find(schema, { document, queryHash, operationName });
          if (!runnable || schema !== current.schema) return;
          keep({ query: source, operationName }, { schema, document, operation, runnable });
        },
      }),
    },
  };
}

/** A name holds no line break, so no two requests share a key. */
const keyOf = (query: string, operationName: string | undefined): string => `${operationName ?? ''}\n${query}`;

function askedBy(key: string): AskedOperation {
  const end = key.indexOf('\n');
  return { operationName: key.slice(0, end) || undefined, query: key.slice(end + 1) };
}
