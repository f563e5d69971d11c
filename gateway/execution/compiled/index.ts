import { GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql';
import type { Metrics } from '#platform/metrics';
import type { Executor } from '../index.ts';
import type { GatewayContext } from '../operation.ts';
import type { JsonText } from './json.ts';
import { type Fields, newFields } from './objects.ts';
import type { CompiledOperation, OperationRequest, Operations } from './operations.ts';
import type { Run } from './run.ts';
import { NotWrittenError } from './text.ts';

type Result = Awaited<ReturnType<Executor>>;
/** An operation that is compiled, with the schema it was written against. */
export type Runnable = Extract<CompiledOperation, { execute: unknown }> & { readonly schema: GraphQLSchema };
export type TextResult = Omit<Result, 'data'> & { readonly data?: Result['data'] | JsonText };
type Variables = Readonly<Record<string, unknown>>;

export interface CompiledOperationsOptions {
  /** Those of one version of the schema. @throws Error where it was never loaded */
  operationsOf: (schema: GraphQLSchema) => Operations;
  metrics: Metrics;
}

/** Operations compiled for the schema they were validated against, which a newer one may follow meanwhile. */
export interface CompiledOperations {
  /** The executor for Apollo Server. @param fallback runs what is not compiled: @apollo/gateway's own */
  inFrontOf(fallback: Executor): Executor;
  /** @returns undefined for what only @apollo/gateway runs @throws GraphQLError where the operation cannot be planned */
  find(schema: GraphQLSchema, request: OperationRequest): Runnable | undefined;
  /** @param variables that fit the operation */
  run(operation: Runnable, variables: Variables, context: GatewayContext): Promise<Result>;
  /** The same with `data` as text, unless somebody stands between who reads it. */
  runToText(operation: Runnable, variables: Variables, context: GatewayContext): Promise<TextResult>;
}

/**
 * Runs operations as @apollo/gateway does, with everything that depends only on
 * the operation done once: its plan, its requests, its representations, its answer's form.
 */
export function createCompiledOperations({ operationsOf, metrics }: CompiledOperationsOptions): CompiledOperations {
  return {
    inFrontOf: (fallback) => async (request) => {
      const { document, queryHash, schema } = request;
      const operationName = request.request.operationName || undefined;
      const operation = operationsOf(schema).get({ document, queryHash, operationName });
      const variables = request.request.variables ?? {};
      const context = request.context as unknown as GatewayContext;
      if ('notCompiled' in operation) {
        metrics.countFallback(operation.notCompiled);
        return around(operation, variables, context, (own) =>
          fallback({ ...request, context: own as typeof request.context }),
        );
      }
      const errors = wrongVariables(operation, schema, variables);
      return errors ? { errors } : run(operation, variables, context);
    },
    find(schema, request) {
      const operation = operationsOf(schema).get(request);
      return 'notCompiled' in operation ? undefined : { ...operation, schema };
    },
    run,
    runToText(operation, variables, context) {
      if (operation.around) return run(operation, variables, context);
      return execute(operation, variables, context, writeOrShape(operation));
    },
  };
}

function wrongVariables(
  { variables }: Pick<Runnable, 'variables'>,
  schema: GraphQLSchema,
  given: Variables,
): readonly GraphQLError[] | undefined {
  return variables.length > 0 ? getVariableValues(schema, variables, given).errors : undefined;
}

const run = (operation: Omit<Runnable, 'schema'>, variables: Variables, context: GatewayContext): Promise<Result> =>
  around(operation, variables, context, (own) => execute(operation, variables, own, operation.shape));

function around(
  { around }: CompiledOperation,
  variables: Variables,
  context: GatewayContext,
  work: (context: GatewayContext) => Promise<Result>,
): Promise<Result> {
  return around ? around(variables, context, work) : work(context);
}

/** How merged data become the client's. */
type Finish<D> = (data: Fields, variables: Variables) => { data: D; errors: readonly GraphQLError[] };

function writeOrShape({ write, shape }: Pick<Runnable, 'write' | 'shape'>): Finish<Fields | null | JsonText> {
  return (data, variables) => {
    try {
      const { text, errors } = write(data, variables);
      return { data: text, errors };
    } catch (error) {
      if (error instanceof NotWrittenError) return shape(data, variables);
      throw error;
    }
  };
}

async function execute<D>(
  { execute }: Pick<Runnable, 'execute'>,
  variables: Variables,
  context: GatewayContext,
  finish: Finish<D>,
): Promise<Omit<Result, 'data'> & { data?: D }> {
  const run: Run = { data: newFields(), variables, errors: [], context };
  await execute(run);
  try {
    const { data, errors } = finish(run.data, variables);
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
