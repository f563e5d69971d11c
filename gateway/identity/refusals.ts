import { type ErrorCode, PolygraphError } from '#platform/errors';

/** An answer to somebody we do not know yet: it says what to send, never what exists. */
export function refused(code: ErrorCode, message: string, cause?: unknown): PolygraphError {
  return new PolygraphError(code, message, cause instanceof Error ? { originalError: cause } : {});
}
