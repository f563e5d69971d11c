import { type ExecutionResult, GraphQLError } from 'graphql';
import { findPolygraphError, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';

/**
 * Lets through what was meant for the client and replaces the rest, keeping the
 * path. A driver's message can hold a statement, a host or another tenant's
 * value, so it goes to the log alone.
 */
export function maskErrors(result: ExecutionResult, log: Logger): ExecutionResult {
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => maskError(error, log)) };
}

function maskError(error: GraphQLError, log: Logger): GraphQLError {
  const options = { nodes: error.nodes ?? null, path: error.path ?? null };
  const own = findPolygraphError(error);
  if (own) return new GraphQLError(own.message, { ...options, extensions: own.extensions });
  if (isAboutTheRequest(error)) {
    return new GraphQLError(error.message, { ...options, extensions: { code: 'BAD_USER_INPUT', ...error.extensions } });
  }
  log.error({ err: error.originalError, path: error.path }, 'resolver failed');
  const masked = new PolygraphError('INTERNAL', 'Something went wrong on our side.');
  return new GraphQLError(masked.message, { ...options, extensions: masked.extensions });
}

/** Syntax, validation and coercion, from graphql-js or a scalar: their messages speak of the request only. */
function isAboutTheRequest(error: GraphQLError): boolean {
  const { originalError } = error;
  return !originalError || (originalError instanceof GraphQLError && isAboutTheRequest(originalError));
}

/** What was thrown, in the one form that the rest of the pipeline handles. */
export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const original = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(original.message, { originalError: original });
}
