import { ERRORS, errorCodeDef } from '@apollo/federation-internals';
import { GraphQLError } from 'graphql';
import { unavailable } from '../subgraph.ts';
import type { SubgraphAnswerError } from '../transport.ts';
import { withoutOwnAlias } from './own-aliases.ts';
import type { ClientPath } from './paths.ts';

/** An error of a subgraph as an error of the client's operation, with the code it came with. */
export function downstreamError(error: SubgraphAnswerError, subgraph: string, path: ClientPath | undefined) {
  const { extensions } = error;
  const message = error.message || `Error while fetching subquery from service "${subgraph}"`;
  const options = {
    originalError: error as unknown as Error,
    path: path?.map(withoutOwnAlias),
    extensions: { ...extensions, serviceName: subgraph },
  };
  const known = errorCodeDef(error as unknown as GraphQLError);
  if (!known && extensions?.code) return new GraphQLError(message, options);
  return (known ?? ERRORS.DOWNSTREAM_SERVICE_ERROR).err(message, options);
}

export function unavailableError(subgraph: string, path: ClientPath) {
  const { message, extensions } = unavailable(subgraph);
  return downstreamError({ message, extensions }, subgraph, path);
}

/** A page of a hundred entities needs no thousand equal errors. */
export const MOST_ERRORS = 50;
