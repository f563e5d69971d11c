import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import type { TenantContext } from '#tenancy/context';
import type { Context } from '../../context.ts';
import type { FederatedSessionInput, QueryFederatedSessionsArgs } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { createNewestFirst } from '../../newest-first.ts';
import { DELTA_UNITS, EPSILON_UNITS, openBudget, topic } from './budgets.ts';
import { requireSession, takeTurn, wrongState } from './lookup.ts';
import { checkContext, checkLevel, hashOf, join } from './participants.ts';
import { readSessions, type SessionRow } from './rows.ts';

export const listSessions = ({ stores }: Context, args: QueryFederatedSessionsArgs) =>
  NEWEST.page(args, (slice) => readSessions(stores.postgres.registry.read, slice));

/** Only the hash of the code is kept. */
export async function createSession(context: Context, input: FederatedSessionInput) {
  const { contextId, privacyLevel, ...facts } = check(SESSION, input);
  checkLevel(privacyLevel, facts.epsilonMicros);
  await checkContext(context, contextId);
  const joiningCode = randomBytes(32).toString('base64url');
  const { tenantId } = context.tenant;
  const hash = hashOf(joiningCode);
  const session = await context.stores.postgres.registry.transaction(
    async (sql) => {
      const [made] = await sql<{ id: string }>`
        INSERT INTO federated_sessions (tenant_id, topic, mechanism, dimensions, bound, epsilon_micros, delta_picos,
          min_participants, rounds, round_seconds, joining_hash)
        VALUES (${tenantId}, ${facts.topic}, ${facts.mechanism}, ${facts.dimensions}, ${facts.bound}, ${facts.epsilonMicros},
          ${facts.deltaPicos}, ${facts.minParticipants}, ${facts.roundCount}, ${facts.roundSeconds}, ${hash})
        RETURNING id`;
      const id = made?.id ?? '';
      await join(sql, tenantId, { hostId: tenantId, sessionId: id, hash, contextId, privacyLevel, round: 0 });
      await openBudget(sql, tenantId, facts.topic);
      return requireSession(sql, id);
    },
    { action: 'federation.create' },
  );
  return { session, joiningCode };
}

export function startSession(context: Context, id: string): Promise<SessionRow> {
  return asHost(context, id, 'federation.start', async (sql, { state }) => {
    if (state !== 'OPEN') throw wrongState('started', state);
    await sql`UPDATE federated_sessions SET state = 'RUNNING', round = 1 WHERE id = ${id}::uuid`;
    await sql`INSERT INTO federated_rounds (tenant_id, session_id, round, ends_at)
      SELECT tenant_id, id, 1, now() + make_interval(secs => round_seconds) FROM federated_sessions WHERE id = ${id}::uuid`;
  });
}

/** The release is not ours to make: nobody who serves requests can read what was contributed. */
export function endRound(context: Context, id: string, round: number): Promise<SessionRow> {
  return asHost(context, id, 'federation.end-round', async (sql, { state, currentRound }) => {
    if (state !== 'RUNNING') throw wrongState('ended', state);
    const [ended] = await sql`UPDATE federated_rounds SET state = 'DUE'
      WHERE session_id = ${id}::uuid AND round = ${round} AND state = 'COLLECTING' RETURNING round`;
    if (!ended) throw new PolygraphError('CONFLICT', 'That round is not collecting.', { facts: { currentRound } });
  });
}

export function cancelSession(context: Context, id: string): Promise<SessionRow> {
  return asHost(context, id, 'federation.cancel', async (sql, { state }) => {
    if (state !== 'OPEN' && state !== 'RUNNING') throw wrongState('cancelled', state);
    await sql`UPDATE federated_sessions SET state = 'CANCELLED' WHERE id = ${id}::uuid`;
  });
}

function asHost(
  { tenant, stores }: Context,
  id: string,
  action: string,
  work: (sql: RegistrySql, session: SessionRow) => Promise<void>,
): Promise<SessionRow> {
  return stores.postgres.registry.transaction(
    async (sql) => {
      await takeTurn(sql, id);
      const session = await requireSession(sql, id);
      checkHost(tenant, session);
      await work(sql, session);
      return requireSession(sql, id);
    },
    { action },
  );
}

function checkHost({ tenantId }: TenantContext, { hostId }: SessionRow): void {
  if (hostId !== tenantId) throw new PolygraphError('FORBIDDEN', 'Only the tenant that began the session can do that.');
}

const whole = (min: number, max: number) =>
  z.int(`is from ${min} to ${max}`).min(min, `is from ${min} to ${max}`).max(max, `is from ${min} to ${max}`);
const between = (min: number, max: number) =>
  z.number().min(min, `is from ${min} to ${max}`).max(max, `is from ${min} to ${max}`);

const SESSION = z
  .object({
    topic,
    contextId: z.uuid('is no id of a context'),
    privacyLevel: z
      .enum(['STRICT', 'BALANCED', 'OPEN'])
      .nullish()
      .transform((level) => level ?? 'BALANCED'),
    mechanism: z
      .enum(['LAPLACE', 'GAUSSIAN'])
      .nullish()
      .transform((name) => name ?? 'GAUSSIAN'),
    dimensions: whole(1, 512),
    bound: between(1e-6, 1e6),
    epsilonPerRound: between(0.01, 2),
    deltaPerRound: between(0, 1e-6).nullish(),
    minParticipants: whole(3, 1_000)
      .nullish()
      .transform((count) => count ?? 3),
    roundCount: whole(1, 100)
      .nullish()
      .transform((count) => count ?? 1),
    roundSeconds: whole(60, 2_592_000)
      .nullish()
      .transform((seconds) => seconds ?? null),
  })
  .transform(({ epsilonPerRound, deltaPerRound, ...rest }) => ({
    ...rest,
    epsilonMicros: Math.round(epsilonPerRound * EPSILON_UNITS),
    deltaPicos: Math.round((deltaPerRound ?? 0) * DELTA_UNITS),
  }))
  .refine(({ mechanism, deltaPicos }) => (mechanism === 'GAUSSIAN') === deltaPicos > 0, {
    path: ['deltaPerRound'],
    message: 'is above 0 for GAUSSIAN (at least 1e-12) and 0 for LAPLACE',
  });
const NEWEST = createNewestFirst('federatedSessions.newest');
