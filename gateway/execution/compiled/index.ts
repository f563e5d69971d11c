import { GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql';
import type { Metrics } from '#platform/metrics';
import type { GatewayInterface } from '../index.ts';
import type { GatewayContext } from '../operation.ts';
import { newFields } from './objects.ts';
import type { CompiledOperation, Operations } from './operations.ts';
import type { Run } from './run.ts';

/** What Apollo Server calls for each operation. */
export type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;
type Request = Parameters<Executor>[0];
type Result = Awaited<ReturnType<Executor>>;
type Runnable = Extract<CompiledOperation, { execute: unknown }>;

export interface CompiledExecutorOptions {
  /** Of the schema as it is now; replaced with every new supergraph. */
  current: () => { readonly schema: GraphQLSchema; readonly operations: Operations };
  /** Runs what is not compiled: @apollo/gateway's own executor. */
  fallback: Executor;
  metrics: Metrics;
}

/**
 * Runs operations as @apollo/gateway does, with everything that depends only on
 * the operation done once: its plan, its requests, its representations, its answer's form.
 */
export function createCompiledExecutor({ current, fallback, metrics }: CompiledExecutorOptions): Executor {
  return async (request) => {
    const { schema, operations } = current();
    const { document, queryHash } = request;
    const operationName = request.request.operationName || undefined;
    const operation = operations.get({ document, queryHash, operationName });
    if ('notCompiled' in operation) {
      metrics.countFallback(operation.notCompiled);
      return fallback(request);
    }
    return execute(operation, schema, request);
  };
}

async function execute(
  { variables, execute, shape }: Runnable,
  schema: GraphQLSchema,
  request: Request,
): Promise<Result> {
  const given = request.request.variables ?? {};
  if (variables.length > 0) {
    const { errors } = getVariableValues(schema, variables, given);
    if (errors?.length) return { errors };
  }
  const context = request.context as unknown as GatewayContext;
  const run: Run = { data: newFields(), variables: given, errors: [], context };
  await execute(run);
  try {
    const { data, errors } = shape(run.data, given);
    if (run.errors.length > 0) return { data, errors: run.errors as GraphQLError[] };
    return errors.length > 0 ? { data, extensions: { valueCompletion: errors } } : { data };
  } catch (error) {
    return { errors: [asGraphQLError(error)] };
  }
}

/** Data that are of another form than the schema says. */
function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
