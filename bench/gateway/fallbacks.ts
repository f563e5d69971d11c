import { Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import { type CompiledOperation, createOperations } from '#gateway/execution/compiled/operations';
import { resolvableKeysFirst } from '#gateway/execution/key-order';
import { createLogger } from '#platform/log';

/** Which operations of a set our executor runs, and which it leaves to @apollo/gateway's own. */
export interface Fallbacks {
  readonly set: string;
  readonly operations: number;
  /** How many of them fell back, by reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

export interface OperationSet {
  readonly name: string;
  readonly supergraphSdl: string;
  /** Documents; what is not valid is left out, as it never gets as far as an executor. */
  readonly documents: (schema: GraphQLSchema) => readonly string[];
}

/** Plans and compiles each operation of the sets, and runs none. */
export function countFallbacks(sets: readonly OperationSet[]): readonly Fallbacks[] {
  return sets.map(({ name, supergraphSdl, documents }) => {
    const compiler = openCompiler(supergraphSdl);
    const reasons = new Map<string, number>();
    let operations = 0;
    for (const text of documents(compiler.schema)) {
      const compiled = compiler.compile(parse(text), text);
      if (!compiled) continue;
      operations += 1;
      if ('notCompiled' in compiled) reasons.set(compiled.notCompiled, (reasons.get(compiled.notCompiled) ?? 0) + 1);
    }
    return { set: name, operations, reasons };
  });
}

function openCompiler(supergraphSdl: string) {
  const supergraph = Supergraph.build(resolvableKeysFirst(supergraphSdl));
  const schema = supergraph.apiSchema().toGraphQLJSSchema();
  const operations = createOperations({
    schema,
    planner: new QueryPlanner(supergraph),
    subgraph: (name) => ({ name, ask: async () => undefined }),
    log: createLogger({ level: 'error' }),
  });
  return {
    schema,
    /** @returns undefined for what is not valid, or holds no one operation */
    compile(document: DocumentNode, text: string): CompiledOperation | undefined {
      if (!getOperationAST(document) || validate(schema, document).length > 0) return undefined;
      return operations.get({ document, queryHash: text, operationName: undefined });
    },
  };
}
