import pg from 'pg';
import { PolygraphError } from '#platform/errors';
import { readQuota } from './quota.ts';

/** What a trigger of ours (prisma/migrations) raised, for the client; undefined for any other error. */
export function readRaised(error: unknown): PolygraphError | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== WOULD_BE_CLEAR) return readQuota(error);
  // Whoever writes looks first: it was switched in between.
  return new PolygraphError('CONFLICT', 'The execution context has just been encrypted; send it again.', {
    originalError: error,
  });
}

/** Of `refuse_clear`. */
const WOULD_BE_CLEAR = '23E01';
