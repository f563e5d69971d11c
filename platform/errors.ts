import { GraphQLError, type GraphQLErrorOptions } from 'graphql';

/**
 * Every error a client can receive: its code, the HTTP status where it decides
 * the whole answer, and what the reader should do. docs/errors.md is generated
 * from this table.
 */
export const ERRORS = {
  UNAUTHENTICATED: { status: 401, cure: 'Send `authorization: Bearer <token>` or `x-api-key: <key>`.' },
  SECOND_FACTOR_REQUIRED: { status: 401, cure: 'Send `code` as well: six digits of the app, or a recovery code.' },
  TOKEN_EXPIRED: { status: 401, cure: 'Ask the issuer for a new token.' },
  TOKEN_INVALID: { status: 401, cure: 'Send a token signed by an issuer this gateway trusts, or a valid API key.' },
  TENANT_UNKNOWN: { status: 401, cure: 'The token names a tenant that does not exist or is closed.' },
  TENANT_SUSPENDED: { status: 403, cure: 'The tenant is suspended; its owner can ask the platform why.' },
  FORBIDDEN: { status: 403, cure: 'Ask an administrator of the tenant for the scope that the message names.' },
  ASSERTION_MISSING: { status: 401, cure: 'Call the gateway; a subgraph serves signed requests only.' },
  ASSERTION_INVALID: { status: 401, cure: 'The assertion is not one of this gateway, or was altered.' },
  ASSERTION_KEY_UNKNOWN: {
    status: 401,
    cure: 'Give gateway and subgraph the same secrets; while they rotate, the old and the new one.',
  },
  ASSERTION_NOT_YET_VALID: { status: 401, cure: 'Set the clocks of gateway and subgraph by the same source.' },
  ASSERTION_EXPIRED: { status: 401, cure: 'Send the request again through the gateway.' },
  ASSERTION_AUDIENCE: { status: 401, cure: 'The assertion was made for another subgraph.' },
  ASSERTION_BODY: { status: 401, cure: 'The request body is not the one that was signed.' },
  ASSERTION_REPLAYED: { status: 401, cure: 'Each assertion serves one request.' },
  IDENTITY_UNAVAILABLE: { status: 503, cure: 'Try again shortly; the keys of the identity provider cannot be read.' },
  GRAPHQL_PARSE_FAILED: { status: 400, cure: 'Correct the syntax at the place that `locations` names.' },
  GRAPHQL_VALIDATION_FAILED: { status: 400, cure: 'Correct the operation; the schema says what can be asked.' },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, cure: 'Send the whole query.' },
  PERSISTED_QUERY_NOT_FOUND: { status: 200, cure: 'Send the whole query together with its hash.' },
  DOCUMENT_NOT_TRUSTED: { status: 403, cure: 'Send an operation of the manifest, or have this one added to it.' },
  BAD_USER_INPUT: { status: 400, cure: 'Correct the input that the message names.' },
  CURSOR_INVALID: { status: 400, cure: 'Use a cursor exactly as a former page of the same list returned it.' },
  LIMIT_EXCEEDED: { status: 400, cure: 'Stay within the limit that the message names.' },
  QUOTA_EXCEEDED: {
    status: 403,
    cure: 'Remove something, or ask the platform for more; the facts name limit and use.',
  },
  PRIVACY_BUDGET_EXHAUSTED: {
    status: 403,
    cure: 'Nothing more may be learnt of the tenant here; an administrator can set a larger `privacyBudget` for the topic.',
  },
  REQUEST_TOO_LARGE: { status: 413, cure: 'Send a smaller body; the message names the limit.' },
  RATE_LIMITED: { status: 429, cure: 'Wait for the seconds that `retry-after` names.' },
  BUDGET_EXCEEDED: {
    status: 429,
    cure: 'Ask for less, or wait for the seconds that `retry-after` names; a dry run says what an operation costs.',
  },
  NOT_FOUND: { status: 404, cure: 'Check the id; it may never have existed.' },
  REFERENCE_GONE: {
    status: 404,
    cure: 'Read again shortly: one store still refers to what another has deleted or does not have yet.',
  },
  CONFLICT: { status: 409, cure: 'Read the current state and try again.' },
  COMPENSATED: { status: 503, cure: 'Nothing was changed; send it again with a new `idempotencyKey`.' },
  NOT_VISIBLE_YET: {
    status: 503,
    cure: 'Ask again shortly, or without `x-polygraph-after` for what is there now.',
  },
  SEAL_BROKEN: {
    status: 500,
    cure: 'It was altered or moved where it is kept; restore it from a backup, and report the request id.',
  },
  STORE_UNAVAILABLE: { status: 503, cure: 'Try again shortly; the other fields of the answer are good.' },
  TENANT_MOVING: { status: 503, cure: 'Send the request again in a second; nothing of it was done.' },
  SUBGRAPH_UNAVAILABLE: { status: 503, cure: 'Try again shortly; the other fields of the answer are good.' },
  TIMEOUT: { status: 504, cure: 'Ask for less at once, or try again shortly.' },
  NOT_SUPPORTED: { status: 501, cure: 'The message says what to use instead.' },
  INTERNAL: { status: 500, cure: 'Report the request id to the operators.' },
} as const satisfies Record<string, { status: number; cure: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error meant for the client. Whatever else is thrown is masked as INTERNAL and logged. */
export class PolygraphError extends GraphQLError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: PolygraphErrorOptions = {}) {
    const { facts, ...rest } = options;
    super(message, { ...rest, extensions: { ...facts, code, cure: ERRORS[code].cure } });
    this.code = code;
  }
}

export interface PolygraphErrorOptions extends Omit<GraphQLErrorOptions, 'extensions'> {
  /** Numbers and names the client can act on, put beside the code. Never a host, a statement or a foreign id. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** Finds our own error inside what graphql-js or a driver wrapped around it. */
export function findPolygraphError(error: unknown): PolygraphError | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if (current instanceof PolygraphError) return current;
    current = current instanceof GraphQLError ? current.originalError : current.cause;
  }
  return undefined;
}
