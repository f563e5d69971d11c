import { type GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { ERRORS, type ErrorCode, findPolygraphError, isErrorCode, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';

/** The body of an answer that refuses the whole request. */
export function errorBody(error: PolygraphError): { errors: GraphQLFormattedError[] } {
  return { errors: [{ message: error.message, extensions: { ...error.extensions } }] };
}

/**
 * The form of every error in every answer. It never throws. A code of our
 * catalogue passes with its message; Apollo's own codes are mapped onto it;
 * whatever else is replaced, as it can hold a host, a statement or a stack.
 */
export function formatError(error: unknown, log: Logger): GraphQLFormattedError {
  try {
    const known = knownError(error);
    if (known) return known;
    log.error({ err: error }, 'unexpected error in an operation');
    return masked(error);
  } catch (failure) {
    log.error({ err: failure }, 'an error could not be formatted');
    return masked(undefined);
  }
}

function knownError(error: unknown): GraphQLFormattedError | undefined {
  const own = findPolygraphError(error);
  if (own)
    return { ...place(error), message: shortened(own.message), extensions: clientExtensions(own.code, own.extensions) };
  const { extensions, message } = error as Partial<GraphQLError>;
  const code = codeOf(extensions?.code, error);
  // INTERNAL from a subgraph is already masked; the same word from a library need not be.
  if (!code || typeof message !== 'string' || code === 'INTERNAL') return undefined;
  return { ...place(error), message: shortened(message), extensions: clientExtensions(code, extensions) };
}

function codeOf(code: unknown, error: unknown): ErrorCode | undefined {
  if (isErrorCode(code)) return code;
  if (code === 'OPERATION_RESOLUTION_FAILURE' || code === 'BAD_REQUEST') return 'BAD_USER_INPUT';
  return isAboutVariables(error) ? 'BAD_USER_INPUT' : undefined;
}

/** graphql-js points at the definition of a variable whose value does not fit, and gives no code. */
function isAboutVariables(error: unknown): boolean {
  const { nodes, originalError } = error as Partial<GraphQLError>;
  return !originalError && nodes?.length === 1 && nodes[0]?.kind === Kind.VARIABLE_DEFINITION;
}

/** graphql-js repeats in the message what it was given, however long. */
function shortened(message: string): string {
  return message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message;
}

/** @apollo/gateway names the subgraph as `serviceName`; that it is a part of the graph is public, its place is not. */
function clientExtensions(code: ErrorCode, extensions: Readonly<Record<string, unknown>> = {}) {
  const { serviceName, http: _http, stacktrace: _stack, exception: _exception, ...facts } = extensions;
  return {
    ...facts,
    ...(typeof serviceName === 'string' ? { subgraph: serviceName } : {}),
    code,
    cure: ERRORS[code].cure,
  };
}

function masked(error: unknown): GraphQLFormattedError {
  const { message, extensions } = new PolygraphError('INTERNAL', 'Something went wrong on our side.');
  const subgraph = (error as Partial<GraphQLError> | undefined)?.extensions?.serviceName;
  return {
    ...place(error),
    message,
    extensions: { ...extensions, ...(typeof subgraph === 'string' ? { subgraph } : {}) },
  };
}

function place(error: unknown): Pick<GraphQLFormattedError, 'path' | 'locations'> {
  const { path, locations } = (error ?? {}) as Partial<GraphQLError>;
  return { ...(path ? { path } : {}), ...(locations ? { locations } : {}) };
}

const LONGEST = 1_000;
