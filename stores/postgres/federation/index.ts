import type pg from 'pg';
import type { Logger } from '#platform/log';
import { createPostgresPool, type OnPrimary } from '../pool.ts';
import { urlOfRole } from '../roles.ts';
import type { RoundFacts, Verdict } from './round.ts';
import { lockRound, type RoundKey, readFacts, writeVerdict } from './statements.ts';

/**
 * Rounds of federated learning, across tenants: for who decides them alone, and
 * never reachable from a resolver.
 */
export interface FederationStore {
  /** Rounds that were asked for or whose time is over. */
  due(): Promise<RoundKey[]>;
  /**
   * Reads a round, has it decided, and writes what was decided: insight, spent budgets, reputations and the next round in
   * one transaction. So a round is decided once: whoever is killed before the commit has told nobody anything.
   * @returns false where it was decided already
   */
  decide(round: RoundKey, decide: (facts: RoundFacts) => Verdict): Promise<boolean>;
  /** Sessions are told how many have joined. */
  countParticipants(): Promise<void>;
  /** What was contributed to a round that nobody will decide any more is not kept. */
  forgetCancelled(): Promise<void>;
  close(): Promise<void>;
}

export interface FederationStoreOptions {
  /** The migrator's; this connects as `polygraph_federation` with a derived password. */
  url: string;
  secrets: readonly [string, ...string[]];
  timeoutMs?: number;
  onPrimary?: OnPrimary | undefined;
  log: Logger;
}

/** Opens no connection until the first statement. */
export function openFederationStore({
  url,
  secrets,
  timeoutMs = 10_000,
  onPrimary,
  log,
}: FederationStoreOptions): FederationStore {
  const pool = createPostgresPool({
    url: urlOfRole(url, 'federation', secrets),
    ...{ size: 2, timeoutMs, applicationName: 'polygraph federation', onPrimary, log },
  });
  return {
    async due() {
      return (await pool.query<RoundKey>(DUE)).rows;
    },
    decide: (round, decide) =>
      inTransaction(pool, async (client) => {
        if (!(await lockRound(client, round))) return false;
        const facts = await readFacts(client, round);
        await writeVerdict(client, facts, decide(facts));
        return true;
      }),
    async countParticipants() {
      await pool.query(COUNT);
    },
    async forgetCancelled() {
      await pool.query(FORGET_CANCELLED);
    },
    close: () => pool.end(),
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let sound = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    sound = true;
    return result;
  } finally {
    // A connection whose transaction did not end well is closed, which ends it.
    client.release(!sound);
  }
}

const DUE = `
  SELECT r.tenant_id AS "hostId", r.session_id AS "sessionId", r.round
  FROM federated_rounds r JOIN federated_sessions s ON s.tenant_id = r.tenant_id AND s.id = r.session_id
  WHERE s.state = 'RUNNING' AND (r.state = 'DUE' OR (r.state = 'COLLECTING' AND r.ends_at <= now()))
  ORDER BY r.tenant_id, r.session_id LIMIT 100`;

const FORGET_CANCELLED = `
  UPDATE federated_contributions c SET secret_vector = NULL, outcome = 'CANCELLED' FROM federated_sessions s
  WHERE s.tenant_id = c.host_id AND s.id = c.session_id AND s.state = 'CANCELLED' AND c.secret_vector IS NOT NULL`;

/** One that is gone on with nobody left keeps its last count. */
const COUNT = `
  UPDATE federated_sessions s SET participant_count = joined.count
  FROM (
    SELECT host_id, session_id, joining_hash, count(*)::int AS count FROM federated_participants
    WHERE state = 'JOINED' GROUP BY 1, 2, 3
  ) AS joined
  WHERE s.tenant_id = joined.host_id AND s.id = joined.session_id AND s.joining_hash = joined.joining_hash
    AND s.state IN ('OPEN', 'RUNNING') AND s.participant_count <> joined.count`;
