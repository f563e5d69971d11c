import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Executor } from './index.ts';
import type { GatewayContext } from './operation.ts';
import type { Subgraph } from './subgraph.ts';

/** What may stand between operations and their execution, and between fetches and their subgraphs: caches, for one. */
export interface Interception {
  /** Called once for each operation, when it is compiled. @returns undefined where nothing stands in its way */
  operation(operation: InterceptedOperation): Around | undefined;
  subgraph(subgraph: Subgraph): Subgraph;
  /** Of a schema that is served from now on, before any operation of it. */
  learn(schema: GraphQLSchema, supergraphSdl: string): void;
}

export interface InterceptedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Of the document's text. */
  readonly queryHash: string;
}

/** @param variables as the client gave them; they fit the operation @param run executes it, in this context or one of its own */
export type Around = (
  variables: Readonly<Record<string, unknown>>,
  context: GatewayContext,
  run: (context: GatewayContext) => Promise<ExecutionResult>,
) => Promise<ExecutionResult>;

export type ExecutionResult = Awaited<ReturnType<Executor>>;
