import type { GraphQLFormattedError } from 'graphql';
import { PolygraphError } from '#platform/errors';
import type { OperationResult } from './steps.ts';

/**
 * Where a subgraph leaves out what the schema promises, the parent becomes null
 * and the executor tells of it in an extension only. A null without an error is
 * against the specification and misleads, so these become errors. As with
 * @apollo/gateway, an operation that has errors of its own tells only those.
 *
 * It happens where two stores disagree for a moment: Neo4j lists a document that
 * PostgreSQL has deleted. Which of the two reasons holds is not told apart, so
 * that an id of another tenant looks like one that never was.
 */
export function completed(result: OperationResult): OperationResult {
  if (!result.extensions) return result;
  const { valueCompletion, ...extensions } = result.extensions;
  if (!Array.isArray(valueCompletion)) return result;
  const errors = [...(result.errors ?? []), ...valueCompletion.map(referenceGone)];
  const { extensions: _all, ...rest } = result;
  return { ...rest, errors, ...(Object.keys(extensions).length > 0 ? { extensions } : {}) };
}

function referenceGone(error: unknown): GraphQLFormattedError {
  const { message, extensions } = new PolygraphError(
    'REFERENCE_GONE',
    'This part of the answer refers to something that is not there.',
  );
  return {
    message,
    path: (error as { path?: GraphQLFormattedError['path'] }).path ?? [],
    extensions: { ...extensions },
  };
}
