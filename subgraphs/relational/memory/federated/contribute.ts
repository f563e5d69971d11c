import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { Context } from '../../context.ts';
import type { FederatedContributionInput } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { checkBudget } from './budgets.ts';
import { findSession, notJoined, requireSession, wrongState } from './lookup.ts';
import { checkContext, checkLevel } from './participants.ts';
import { clipToGrid } from './privacy/grid.ts';
import { NORM_OF } from './privacy/mechanism.ts';
import { type ContributionRow, readRounds, type SessionRow } from './rows.ts';

/**
 * Keeps what the tenant gives for a round, clipped. Whoever decides the round waits for who is here, and the server
 * itself refuses what comes after it has begun to.
 */
export async function contribute(context: Context, input: FederatedContributionInput): Promise<ContributionRow> {
  const { sessionId, round, values } = check(CONTRIBUTION, input);
  const { tenant, stores } = context;
  const known = await findSession(stores.postgres.registry.read, sessionId);
  if (known?.own.state === 'JOINED') await checkContext(context, known.own.contextId);
  return stores.postgres.registry.transaction(
    async (sql) => {
      await sql`SELECT pg_advisory_xact_lock_shared(hashtextextended('federation ' || ${sessionId}::text, 0))`;
      const session = await requireSession(sql, sessionId);
      checkRound(session, round);
      checkLength(session, values.length);
      checkLevel(session.own.privacyLevel, session.epsilonMicros);
      const [current] = await readRounds(sql, [sessionId]);
      const over = current?.endsAt && current.endsAt <= new Date();
      if (current?.state !== 'COLLECTING' || over) throw new PolygraphError('CONFLICT', 'The round has ended.');
      await checkBudget(sql, session.topic, session);
      const { steps, clipped, heavily } = clipToGrid(values, session.bound, NORM_OF[session.mechanism]);
      const [made] = await sql<Omit<ContributionRow, 'bound'>>`
        INSERT INTO federated_contributions
          (tenant_id, host_id, session_id, round, secret_vector, clipped, heavily_clipped)
        VALUES (${tenant.tenantId}, ${session.hostId}, ${sessionId}, ${round}, ${steps.map(String)}::bigint[], ${clipped}, ${heavily})
        ON CONFLICT DO NOTHING
        RETURNING secret_vector::text[] AS steps, clipped, outcome, contributed_at AS "contributedAt"`;
      if (!made) throw new PolygraphError('CONFLICT', 'The tenant has contributed to this round.');
      return { ...made, bound: session.bound };
    },
    { action: 'federation.contribute' },
  );
}

function checkRound({ state, own, currentRound }: SessionRow, round: number): void {
  if (own.state !== 'JOINED') throw notJoined(own.state);
  if (state !== 'RUNNING') throw wrongState('contributed to', state);
  if (round === currentRound) return;
  throw new PolygraphError('CONFLICT', `The current round is ${currentRound}.`, { facts: { currentRound } });
}

function checkLength({ dimensions }: SessionRow, given: number): void {
  if (given === dimensions) return;
  throw new PolygraphError('BAD_USER_INPUT', `\`values\` has ${given} numbers; the session asks for ${dimensions}.`, {
    facts: { fields: ['values'] },
  });
}

const CONTRIBUTION = z.object({
  sessionId: z.uuid('is no id of a session').transform((id) => id.toLowerCase()),
  round: z.int(),
  values: z
    .array(
      z
        .number('holds what is no number')
        .min(-1e12, 'holds a number below -1e12')
        .max(1e12, 'holds a number above 1e12'),
    )
    .max(512, 'has at most 512 numbers'),
});
