import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { PolygraphError } from '#platform/errors';
import type { GatewayContext } from '../execution/operation.ts';

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
export function createCompletionPlugin(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        const { valueCompletion, ...extensions } = singleResult.extensions ?? {};
        if (!Array.isArray(valueCompletion)) return;
        singleResult.errors = [...(singleResult.errors ?? []), ...valueCompletion.map(referenceGone)];
        if (Object.keys(extensions).length > 0) singleResult.extensions = extensions;
        else delete singleResult.extensions;
      },
    }),
  };
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
