import type pg from 'pg';
import type { ParticipantFacts, RoundFacts, Verdict } from './round.ts';

export interface RoundKey {
  readonly hostId: string;
  readonly sessionId: string;
  readonly round: number;
}

/** Waits for those who contribute at this moment, and keeps others out. @returns whether it is still to be decided */
export async function lockRound(client: pg.PoolClient, { hostId, sessionId, round }: RoundKey): Promise<boolean> {
  await client.query(LOCK_SESSION, [sessionId]);
  const { rowCount } = await client.query(
    `SELECT FROM federated_rounds r JOIN federated_sessions s ON s.tenant_id = r.tenant_id AND s.id = r.session_id
     WHERE r.tenant_id = $1 AND r.session_id = $2 AND r.round = $3 AND s.state = 'RUNNING'
       AND (r.state = 'DUE' OR (r.state = 'COLLECTING' AND r.ends_at <= now()))
     FOR UPDATE`,
    [hostId, sessionId, round],
  );
  return rowCount === 1;
}

/** Budgets are locked until the commit: of two releases at once, the second sees what the first has spent. */
export async function readFacts(client: pg.PoolClient, { hostId, sessionId, round }: RoundKey): Promise<RoundFacts> {
  const { rows: sessions } = await client.query<Omit<RoundFacts, 'participants'>>(SESSION, [hostId, sessionId]);
  const [session] = sessions;
  if (!session) throw new Error('A session that was locked is not there.');
  const { rows: joined } = await client.query<JoinedRow>(JOINED, [hostId, sessionId, round]);
  const { rows: budgets } = await client.query<BudgetRow>(BUDGETS, [session.topic, joined.map((one) => one.tenantId)]);
  const left = new Map(budgets.map((budget) => [budget.tenantId, budget]));
  return { ...session, participants: joined.map((row) => participantOf(row, left.get(row.tenantId))) };
}

export async function writeVerdict(client: pg.PoolClient, facts: RoundFacts, verdict: Verdict): Promise<void> {
  const { hostId, sessionId, round, topic, epsilonMicros, deltaPicos } = facts;
  const session = [hostId, sessionId];
  const paying = verdict.participants.filter(({ outcome }) => outcome === 'INCLUDED').map(({ tenantId }) => tenantId);
  await client.query(SPEND, [topic, paying, epsilonMicros, deltaPicos]);
  const judged = JSON.stringify(verdict.participants);
  await client.query(JUDGE, [...session, round, judged]);
  await client.query(FORGET, [...session, round, judged]);
  const { values, noiseDeviation } = verdict.release ?? {};
  const state = values ? 'RELEASED' : 'REFUSED';
  const contributors = values ? paying.length : null;
  await client.query(FINISH, [...session, round, state, contributors, values ?? null, noiseDeviation ?? null]);
  await goOn(client, facts);
  // The audit tells each tenant at the commit, and locks the end of its chain for that: in one order, as everybody does.
  const told = [...new Set([hostId, ...facts.participants.map(({ tenantId }) => tenantId)])];
  await client.query('SELECT FROM audit_heads WHERE tenant_id = ANY ($1) ORDER BY tenant_id FOR UPDATE', [told]);
}

async function goOn(
  client: pg.PoolClient,
  { hostId, sessionId, round, rounds, roundSeconds }: RoundFacts,
): Promise<void> {
  if (round >= rounds) {
    await client.query(`UPDATE federated_sessions SET state = 'CLOSED' WHERE tenant_id = $1 AND id = $2`, [
      hostId,
      sessionId,
    ]);
    return;
  }
  await client.query('UPDATE federated_sessions SET round = $3 WHERE tenant_id = $1 AND id = $2', [
    hostId,
    sessionId,
    round + 1,
  ]);
  await client.query(
    `INSERT INTO federated_rounds (tenant_id, session_id, round, ends_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4))`,
    [hostId, sessionId, round + 1, roundSeconds],
  );
}

interface JoinedRow extends Pick<ParticipantFacts, 'tenantId' | 'reputation' | 'joinedRound' | 'missed'> {
  readonly steps: readonly string[] | null;
  readonly heavilyClipped: boolean | null;
}

type BudgetRow = Pick<ParticipantFacts, 'tenantId' | 'epsilonMicrosLeft' | 'deltaPicosLeft'>;

function participantOf({ steps, heavilyClipped, ...row }: JoinedRow, budget: BudgetRow | undefined): ParticipantFacts {
  const contribution = steps && { steps: steps.map(BigInt), heavilyClipped: heavilyClipped ?? false };
  return { epsilonMicrosLeft: 0, deltaPicosLeft: 0, ...budget, ...row, contribution };
}

/** Who contributes holds the same lock, shared (subgraphs/relational/memory/federated/contribute.ts). */
const LOCK_SESSION = `SELECT pg_advisory_xact_lock(hashtextextended('federation ' || $1::text, 0))`;

const SESSION = `
  SELECT tenant_id AS "hostId", id AS "sessionId", topic, round, rounds, round_seconds AS "roundSeconds", mechanism, bound,
    epsilon_micros AS "epsilonMicros", delta_picos::float8 AS "deltaPicos", min_participants AS "minParticipants"
  FROM federated_sessions WHERE tenant_id = $1 AND id = $2`;

const JOINED = `
  SELECT p.tenant_id AS "tenantId", p.reputation::float8 AS reputation, p.joined_round AS "joinedRound", p.missed,
    c.secret_vector AS steps, c.heavily_clipped AS "heavilyClipped"
  FROM federated_participants p
  JOIN federated_sessions s ON s.tenant_id = p.host_id AND s.id = p.session_id AND s.joining_hash = p.joining_hash
  LEFT JOIN federated_contributions c ON c.tenant_id = p.tenant_id AND c.host_id = p.host_id
    AND c.session_id = p.session_id AND c.round = $3
  WHERE p.host_id = $1 AND p.session_id = $2 AND p.state = 'JOINED'
  ORDER BY p.tenant_id FOR UPDATE OF p`;

const BUDGETS = `
  SELECT tenant_id AS "tenantId", (epsilon_micros - spent_epsilon_micros)::float8 AS "epsilonMicrosLeft",
    (delta_picos - spent_delta_picos)::float8 AS "deltaPicosLeft"
  FROM privacy_budgets WHERE topic = $1 AND tenant_id = ANY ($2) ORDER BY tenant_id FOR UPDATE`;

const SPEND = `
  UPDATE privacy_budgets SET spent_epsilon_micros = spent_epsilon_micros + $3, spent_delta_picos = spent_delta_picos + $4
  WHERE topic = $1 AND tenant_id = ANY ($2)`;

const JUDGE = `
  UPDATE federated_participants p SET reputation = v.reputation, missed = v.missed,
    state = CASE WHEN v.removed THEN 'REMOVED' ELSE p.state END, left_round = CASE WHEN v.removed THEN $3::int + 1 END
  FROM jsonb_to_recordset($4::jsonb) AS v ("tenantId" uuid, reputation numeric, missed integer, removed boolean)
  WHERE p.host_id = $1 AND p.session_id = $2 AND p.tenant_id = v."tenantId"`;

/** What was contributed has served, also what somebody contributed who has left meanwhile. */
const FORGET = `
  UPDATE federated_contributions c SET secret_vector = NULL, outcome = coalesce(
    (SELECT v.outcome FROM jsonb_to_recordset($4::jsonb) AS v ("tenantId" uuid, outcome text) WHERE v."tenantId" = c.tenant_id),
    'LEFT')
  WHERE c.host_id = $1 AND c.session_id = $2 AND c.round = $3`;

const FINISH = `
  UPDATE federated_rounds SET state = $4, contributors = $5, insight = $6, noise_deviation = $7, decided_at = now()
  WHERE tenant_id = $1 AND session_id = $2 AND round = $3`;
