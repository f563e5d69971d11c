import pg from 'pg';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';

/** What `take_quota` (prisma/migrations) raised, for the client; undefined for any other error. */
export function readQuota(error: unknown): PolygraphError | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== EXCEEDED) return undefined;
  const facts = FACTS.parse(JSON.parse(error.detail ?? '{}'));
  const { resource, limit, used } = facts;
  return new PolygraphError('QUOTA_EXCEEDED', `The tenant may hold ${limit} ${WORDS[resource]} and holds ${used}.`, {
    originalError: error,
    facts,
  });
}

const EXCEEDED = '23Q01';
const FACTS = z.object({
  resource: z.enum(['users', 'contents', 'storageBytes']),
  limit: z.number(),
  used: z.number(),
});
const WORDS = { users: 'members', contents: 'documents', storageBytes: 'bytes of bodies' } as const;
