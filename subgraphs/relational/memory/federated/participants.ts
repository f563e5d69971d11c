import { createHash } from 'node:crypto';
import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import type { Context } from '../../context.ts';
import type { MutationJoinFederatedSessionArgs } from '../../generated/resolvers.ts';
import { notFound, uuidOf } from '../changes.ts';
import { openBudget } from './budgets.ts';
import { notJoined, requireSession, takeTurn, wrongState } from './lookup.ts';
import type { PrivacyLevel, SessionRow } from './rows.ts';

/** The code shows the session to this transaction and to no other; a wrong one shows nothing. */
export async function joinSession(context: Context, args: MutationJoinFederatedSessionArgs): Promise<SessionRow> {
  const { code, contextId, privacyLevel } = args;
  const { tenantId } = context.tenant;
  const hash = hashOf(code);
  await checkContext(context, contextId);
  return context.stores.postgres.registry.transaction(
    async (sql) => {
      await sql`SELECT set_config('app.federation_code', ${hash}, true)`;
      const [found] = await sql<Found>`
        SELECT id, tenant_id AS "hostId", topic, round, epsilon_micros AS "epsilonMicros"
        FROM federated_sessions WHERE joining_hash = ${hash} AND state IN ('OPEN', 'RUNNING')`;
      if (!found) throw new PolygraphError('NOT_FOUND', 'There is no session with this code that can be joined.');
      checkLevel(privacyLevel, found.epsilonMicros);
      const place = { hostId: found.hostId, sessionId: found.id, hash, contextId, privacyLevel, round: found.round };
      await join(sql, tenantId, place);
      await openBudget(sql, tenantId, found.topic);
      return requireSession(sql, found.id);
    },
    { action: 'federation.join' },
  );
}

interface Found {
  readonly id: string;
  readonly hostId: string;
  readonly topic: string;
  readonly round: number;
  readonly epsilonMicros: number;
}

/** @throws PolygraphError CONFLICT for the host, without whom nobody could end a round */
export function leaveSession({ tenant, stores }: Context, id: string): Promise<SessionRow> {
  return stores.postgres.registry.transaction(
    async (sql) => {
      await takeTurn(sql, id);
      const { hostId, state, own, currentRound } = await requireSession(sql, id);
      if (hostId === tenant.tenantId)
        throw new PolygraphError('CONFLICT', 'The host does not leave; cancel the session.');
      if (state === 'CLOSED' || state === 'CANCELLED') throw wrongState('left', state);
      if (own.state !== 'JOINED') throw notJoined(own.state);
      await sql`UPDATE federated_participants SET state = 'LEFT', left_round = ${currentRound} WHERE session_id = ${id}::uuid`;
      return requireSession(sql, id);
    },
    { action: 'federation.leave' },
  );
}

export interface Place {
  readonly hostId: string;
  readonly sessionId: string;
  readonly hash: string;
  readonly contextId: string;
  readonly privacyLevel: PrivacyLevel;
  readonly round: number;
}

/** @throws PolygraphError CONFLICT where the tenant has joined before, also where it has left */
export async function join(sql: RegistrySql, tenantId: string, place: Place): Promise<void> {
  const { hostId, sessionId, hash, contextId, privacyLevel, round } = place;
  const [joined] = await sql`
    INSERT INTO federated_participants (tenant_id, host_id, session_id, joining_hash, context_id, privacy_level, joined_round)
    VALUES (${tenantId}, ${hostId}, ${sessionId}, ${hash}, ${contextId}, ${privacyLevel}, ${round})
    ON CONFLICT DO NOTHING RETURNING session_id`;
  if (!joined) throw new PolygraphError('CONFLICT', 'The tenant has joined this session before.');
}

/** Contexts are in the tenant's own place, sessions in the shared one: asked again whenever something leaves. */
export async function checkContext({ stores }: Context, contextId: string): Promise<void> {
  const id = uuidOf(contextId, 'execution context');
  const [found] = await stores.postgres.sql<{ level: string }>`
    SELECT isolation_level AS level FROM execution_contexts WHERE id = ${id}::uuid`;
  if (!found) throw notFound('execution context');
  if (found.level === 'FEDERATED') return;
  throw new PolygraphError('FORBIDDEN', `The context is ${found.level}; only a FEDERATED one takes part.`, {
    facts: { isolationLevel: found.level },
  });
}

/** @throws PolygraphError FORBIDDEN where a round costs more than the level allows */
export function checkLevel(level: PrivacyLevel, epsilonMicros: number): void {
  if (epsilonMicros <= MOST[level]) return;
  const allowed = MOST[level] / 1e6;
  throw new PolygraphError('FORBIDDEN', `A round costs more than the privacy level ${level} allows.`, {
    facts: { epsilonPerRound: epsilonMicros / 1e6, allowed },
  });
}

export const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');

/** Millionths of epsilon. */
const MOST: Readonly<Record<PrivacyLevel, number>> = { STRICT: 500_000, BALANCED: 1_000_000, OPEN: 2_000_000 };
