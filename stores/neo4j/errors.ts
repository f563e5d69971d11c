import { Neo4jError } from 'neo4j-driver';

/** Tells a server that is away or too slow from a statement that is wrong. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Neo4jError && UNREACHABLE.has(error.code);
}

export function isConstraintViolation(error: unknown): boolean {
  return error instanceof Neo4jError && error.code === 'Neo.ClientError.Schema.ConstraintValidationFailed';
}

const UNREACHABLE = new Set([
  'ServiceUnavailable',
  'SessionExpired',
  // The driver's pool gives no code when no connection came free in time.
  'N/A',
  'Neo.ClientError.Security.Unauthorized',
  'Neo.ClientError.Security.AuthenticationRateLimit',
  'Neo.ClientError.Transaction.TransactionTimedOut',
  'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration',
  'Neo.TransientError.General.DatabaseUnavailable',
  'Neo.TransientError.Database.DatabaseUnavailable',
  'Neo.TransientError.General.OutOfMemoryError',
]);
