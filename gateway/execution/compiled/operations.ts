import { operationFromDocument } from '@apollo/federation-internals';
import { buildOperationContext } from '@apollo/gateway';
import type { QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema, VariableDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from '#platform/log';
import type { Around, Interception } from '../interception.ts';
import type { Subgraph } from '../subgraph.ts';
import { type FallbackReason, NotCompiledError } from './fallback.ts';
import { createIntrospect } from './introspection.ts';
import { JsonWriter } from './json-writer.ts';
import { readOwnAliases } from './own-aliases.ts';
import { compilePlan } from './plan.ts';
import type { Step } from './run.ts';
import { compileShape, type Shape } from './shape.ts';
import { compileText, type WriteText } from './text.ts';
import { tellUnplanned } from './unplanned.ts';

/** An operation of a document, ready to run with any variables. */
export type CompiledOperation = { readonly around?: Around | undefined } & (
  | {
      readonly variables: readonly VariableDefinitionNode[];
      readonly execute: Step;
      readonly shape: Shape;
      readonly write: WriteText;
    }
  | { readonly notCompiled: FallbackReason }
);

export interface OperationRequest {
  readonly document: DocumentNode;
  /** Of the document's text. */
  readonly queryHash: string;
  readonly operationName: string | undefined;
}

export interface OperationsOptions {
  /** As the client sees it. */
  schema: GraphQLSchema;
  planner: QueryPlanner;
  /** @throws Error where the supergraph has no such subgraph */
  subgraph: (name: string) => Subgraph;
  intercept?: Interception | undefined;
  log: Logger;
  /** Kept; the least recently used goes first. */
  maxOperations?: number;
  /** Length of the documents of all that is kept; a compiled operation takes some 200 bytes for each character. */
  maxCharacters?: number;
}

export interface Operations {
  /** @throws GraphQLError where the operation cannot be planned, as @apollo/gateway throws it */
  get(request: OperationRequest): CompiledOperation;
  readonly size: number;
}

/** The compiled operations of one version of the schema; another version gets a cache of its own. */
export function createOperations({
  schema,
  planner,
  subgraph,
  intercept,
  log,
  maxOperations = 1_000,
  maxCharacters = 500_000,
}: OperationsOptions): Operations {
  const cache = new LRUCache<string, CompiledOperation>({ max: maxOperations, maxSize: maxCharacters });
  const apiSchema = planner.supergraph.apiSchema();
  const supergraph = planner.supergraph.schema;
  const aliases = readOwnAliases(supergraph);
  const out = new JsonWriter();

  const compile = ({ document, operationName, queryHash }: OperationRequest): CompiledOperation => {
    const named = operationName ? { operationName } : {};
    const context = buildOperationContext({ schema, operationDocument: document, ...named });
    const operation = operationFromDocument(apiSchema, document, named);
    const plan = planner.buildQueryPlan(operationFromDocument(apiSchema, aliases.apply(document), named));
    const around = intercept?.operation({ schema, document, operation: context.operation, queryHash });
    try {
      const run = compilePlan(plan, { operation, supergraph, subgraph });
      return {
        around,
        variables: context.operation.variableDefinitions ?? [],
        execute: tellUnplanned(run, plan.node, operation, aliases.nameInData),
        shape: compileShape(operation, createIntrospect(schema, context.operation), aliases.nameInData),
        write: compileText(operation, aliases.nameInData, out),
      };
    } catch (error) {
      if (!(error instanceof NotCompiledError)) log.error({ err: error }, 'an operation was not compiled');
      return { around, notCompiled: error instanceof NotCompiledError ? error.reason : 'compiler' };
    }
  };

  return {
    get(request) {
      // A name holds no line break, so no two requests share a key.
      const key = `${request.operationName ?? ''}\n${request.queryHash}`;
      const known = cache.get(key);
      if (known) return known;
      const compiled = compile(request);
      cache.set(key, compiled, { size: request.document.loc?.source.body.length || UNKNOWN_LENGTH });
      return compiled;
    },
    get size() {
      return cache.size;
    },
  };
}

/** Of a document that was not parsed from text. */
const UNKNOWN_LENGTH = 2_000;
