import type { RegistrySql } from '#stores/postgres/registry';
import type { Slice } from '../../newest-first.ts';
import type { MechanismName } from './privacy/mechanism.ts';

/** A session as the tenant that asks sees it. */
export interface SessionRow {
  readonly id: string;
  readonly hostId: string;
  readonly topic: string;
  readonly state: 'OPEN' | 'RUNNING' | 'CLOSED' | 'CANCELLED';
  readonly mechanism: MechanismName;
  readonly dimensions: number;
  readonly bound: number;
  readonly epsilonMicros: number;
  readonly deltaPicos: number;
  readonly minParticipants: number;
  readonly participantCount: number;
  readonly currentRound: number;
  readonly roundCount: number;
  readonly createdAt: Date;
  readonly own: ParticipationRow;
}

export interface ParticipationRow {
  readonly state: 'JOINED' | 'LEFT' | 'REMOVED';
  readonly contextId: string;
  readonly privacyLevel: PrivacyLevel;
  readonly reputation: number;
  /** From JSON: with its offset. */
  readonly joinedAt: string;
}

export type PrivacyLevel = 'STRICT' | 'BALANCED' | 'OPEN';

export interface RoundRow {
  readonly sessionId: string;
  readonly bound: number;
  readonly number: number;
  readonly state: 'COLLECTING' | 'DUE' | 'RELEASED' | 'REFUSED';
  readonly endsAt: Date | null;
  readonly decidedAt: Date | null;
  readonly contributors: number | null;
  readonly insight: number[] | null;
  readonly noiseDeviation: number | null;
  readonly own: ContributionRow | null;
}

export interface ContributionRow {
  /** In steps of the grid, as text: they may be larger than JSON's numbers are exact. */
  readonly steps: readonly string[] | null;
  readonly bound: number;
  readonly clipped: boolean;
  readonly outcome: 'PENDING' | 'INCLUDED' | 'TOO_FEW' | 'BUDGET' | 'LEFT' | 'CANCELLED';
  readonly contributedAt: string;
}

/**
 * Of which the tenant is or was a participant: the join says so again, beside the policy.
 * @param id of the one; all where absent
 */
export function readSessions(
  sql: RegistrySql,
  { take, after }: Slice,
  id: string | null = null,
): Promise<SessionRow[]> {
  const { at = null, id: lastId = null } = after ?? {};
  return sql`
    SELECT s.id, s.tenant_id AS "hostId", s.topic, s.state, s.mechanism, s.dimensions, s.bound,
      s.epsilon_micros AS "epsilonMicros", s.delta_picos::float8 AS "deltaPicos", s.min_participants AS "minParticipants",
      s.participant_count AS "participantCount", s.round AS "currentRound", s.rounds AS "roundCount",
      s.created_at AS "createdAt", jsonb_build_object('state', p.state, 'contextId', p.context_id, 'privacyLevel',
        p.privacy_level, 'reputation', p.reputation, 'joinedAt', p.joined_at) AS own
    FROM federated_sessions s JOIN federated_participants p
      ON p.host_id = s.tenant_id AND p.session_id = s.id AND p.joining_hash = s.joining_hash
    WHERE (${id}::uuid IS NULL OR s.id = ${id}::uuid)
      AND (${at}::timestamptz IS NULL OR (s.created_at, s.id) < (${at}::timestamptz, ${lastId}::uuid))
    ORDER BY s.created_at DESC, s.id DESC LIMIT ${take}`;
}

/** Newest first, of all sessions at once. Which the tenant may see is the policy's to say. */
export function readRounds(sql: RegistrySql, sessionIds: readonly string[]): Promise<RoundRow[]> {
  return sql`
    SELECT r.session_id AS "sessionId", s.bound, r.round AS number, r.state, r.ends_at AS "endsAt",
      r.decided_at AS "decidedAt", r.contributors, r.insight, r.noise_deviation AS "noiseDeviation",
      CASE WHEN c.round IS NOT NULL THEN jsonb_build_object('steps', c.secret_vector::text[], 'bound', s.bound,
        'clipped', c.clipped, 'outcome', c.outcome, 'contributedAt', c.contributed_at) END AS own
    FROM federated_rounds r JOIN federated_sessions s ON s.tenant_id = r.tenant_id AND s.id = r.session_id
    LEFT JOIN federated_contributions c
      ON c.host_id = r.tenant_id AND c.session_id = r.session_id AND c.round = r.round
    WHERE r.session_id = ANY (${sessionIds}::uuid[]) ORDER BY r.session_id, r.round DESC`;
}
