import { Neo4jError } from 'neo4j-driver';

/** Tells a server that is away or too slow from a statement that is wrong. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Neo4jError && UNREACHABLE.has(error.code);
}

/** Whether a write failed because of another write at the same moment, and was rolled back. */
export function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof Neo4jError && CONTENDED.has(error.code);
}

const CONTENDED = new Set([
  'Neo.TransientError.Transaction.DeadlockDetected',
  'Neo.TransientError.Transaction.Outdated',
  'Neo.TransientError.Transaction.LockClientStopped',
  'Neo.TransientError.Transaction.LockAcquisitionTimeout',
  'Neo.ClientError.Schema.ConstraintValidationFailed',
  // IF NOT EXISTS looks before it takes the lock; the second look finds what the other process made.
  'Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists',
  'Neo.ClientError.Schema.ConstraintAlreadyExists',
  'Neo.ClientError.Schema.IndexAlreadyExists',
]);

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
