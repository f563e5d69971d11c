import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import { isUuid } from '../../../runtime/ids.ts';
import { notFound } from '../changes.ts';
import { readSessions, type SessionRow } from './rows.ts';

export async function findSession(sql: RegistrySql, id: string): Promise<SessionRow | undefined> {
  return isUuid(id) ? (await readSessions(sql, { take: 1, after: undefined }, id))[0] : undefined;
}

/** @throws PolygraphError NOT_FOUND for one that the tenant does not take part in, whether or not it is there */
export async function requireSession(sql: RegistrySql, id: string): Promise<SessionRow> {
  const session = await findSession(sql, id);
  if (session) return session;
  throw notFound('session');
}

/** What changes a session waits for what else does, and for the decision of a round. */
export async function takeTurn(sql: RegistrySql, id: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('federation ' || ${id.toLowerCase()}::text, 0))`;
}

export function wrongState(what: string, state: SessionRow['state']): PolygraphError {
  const message = `A session that is ${state} cannot be ${what}.`;
  return new PolygraphError('CONFLICT', message, { facts: { state } });
}

export function notJoined(state: SessionRow['own']['state']): PolygraphError {
  const how = state === 'LEFT' ? 'has left' : 'was removed from';
  return new PolygraphError('CONFLICT', `The tenant ${how} the session.`, { facts: { state } });
}
