import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Principal } from '#tenancy/context';
import { EVENTS_DAYS_OF_TIER } from '#tenancy/policy';
import { OUTBOX_CHANNEL, type ProjectionTarget } from '../outbox.ts';
import { type PlaceKind, SHARED_SCHEMA } from '../placement.ts';
import { reaching } from './reaching.ts';
import * as sql from './statements.ts';
import { tablesIn } from './tables.ts';

/** What one tenant owes one projection; lanes are worked on independently. */
export interface Lane {
  readonly tenantId: string;
  readonly target: ProjectionTarget;
  /** Whose outbox holds it: the name of the tenant's own place. Absent: that of the shared tables. */
  readonly place?: string;
}

/** What a claim is known by. */
export interface Held extends Lane {
  /** Fences: after the lease went to someone else, this claim can no longer mark anything. */
  readonly id: string;
}

/** Deliveries of one lane that nobody else works on until the lease runs out. At most one an entity, its earliest. */
export interface Claim extends Held {
  /** `performance.now()` by which all must be marked: shortly before the lease is over. */
  readonly deadline: number;
  readonly deliveries: readonly Delivery[];
}

export interface Delivery {
  readonly position: bigint;
  readonly entityId: string;
  /** This one included. */
  readonly attempt: number;
  /** As it was stored; `OutboxEvent` parses it. */
  readonly event: unknown;
  readonly version: number;
}

/** Of a tenant; finished inside it. */
export interface DueSaga {
  readonly tenantId: string;
  readonly id: string;
}

/** Of a tenant; made inside it, as the principal that scheduled it. */
export interface DuePublication {
  readonly tenantId: string;
  readonly contentId: string;
  readonly scheduledBy: Principal;
}

/** The outbox as the relay sees it: every tenant's, but only to read events and to move deliveries on. */
export interface OutboxQueue {
  /** Tenants and projections that have something waiting, whether or not it is due. */
  lanes(): Promise<readonly Lane[]>;
  /** @param id of the claim, for who must be able to give it back without ever having seen it */
  claim(lane: Lane, limit: number, leaseMs: number, maxAttempts: number, id?: string): Promise<Claim>;
  /** Marks as done. @returns how many the claim still held */
  settle(claim: Claim, positions: readonly bigint[]): Promise<number>;
  /** Gives back without counting the attempt: the store was away, the event is not to blame. @returns how many */
  release(claim: Held, positions: readonly bigint[] | 'all', code: string): Promise<number>;
  /** Counts the attempt: again after `delayMs`, or dead when it was the last. */
  fail(claim: Claim, position: bigint, code: string, delayMs: number, maxAttempts: number): Promise<'pending' | 'dead'>;
  /** Declares dead what used up its attempts without ever reporting back (it killed its relay). */
  buryAbandoned(maxAttempts: number): Promise<number>;
  /** Makes dead deliveries wait again, with all attempts before them. @returns how many */
  replayDead(filter?: { tenantId?: string; target?: ProjectionTarget; entityId?: string }): Promise<number>;
  /**
   * Deletes at most `limit` events that were delivered everywhere, are superseded, and older than was agreed with their
   * tenant. @returns how many
   */
  prune(limit: number): Promise<number>;
  /** Sagas, of all tenants, that somebody has to finish; at most `limit`. */
  dueSagas(limit: number): Promise<readonly DueSaga[]>;
  /** Documents, of all tenants, that are to be published by now, the longest due first; at most `limit`. */
  duePublications(limit: number): Promise<readonly DuePublication[]>;
  /** Deliveries that can still happen: those behind a dead one of their entity are not counted. */
  outstanding(tenantId?: string): Promise<number>;
}

/**
 * The outbox of one place.
 * @param pool connects as the relay's role
 */
export function createOutboxQueue(pool: Pool, schema: string = SHARED_SCHEMA, kind: PlaceKind = 'shared'): OutboxQueue {
  const run = async <Row>(text: string, values: readonly unknown[]): Promise<{ rows: Row[]; count: number }> => {
    const result = await reaching(() => pool.query(tablesIn(schema, text), [...values]));
    return { rows: result.rows as Row[], count: result.rowCount ?? 0 };
  };
  const held = (claim: Held, positions: readonly bigint[] | 'all') => [
    claim.tenantId,
    claim.target,
    claim.id,
    positions === 'all' ? null : positions.map(String),
  ];

  return {
    async lanes() {
      const { rows } = await run<{ tenant_id: string; target: ProjectionTarget }>(sql.LANES, []);
      return rows.map((row) => ({ tenantId: row.tenant_id, target: row.target }));
    },
    async claim({ tenantId, target }, limit, leaseMs, maxAttempts, id = randomUUID()) {
      const deadline = performance.now() + leaseMs * 0.9;
      const values = [tenantId, target, limit, leaseMs / 1_000, id, maxAttempts, kind];
      const { rows } = await run<ClaimedRow>(sql.CLAIM, values);
      return { id, tenantId, target, deadline, deliveries: rows.map(readDelivery) };
    },
    settle: async (claim, positions) => (await run(sql.SETTLE, held(claim, positions))).count,
    release: async (claim, positions, code) => (await run(sql.RELEASE, [...held(claim, positions), code])).count,
    async fail(claim, position, code, delayMs, maxAttempts) {
      const values = [...held(claim, [position]), code, delayMs / 1_000, maxAttempts];
      const { rows } = await run<{ state: 'pending' | 'dead' }>(sql.FAIL, values);
      return rows[0]?.state ?? 'pending';
    },
    buryAbandoned: async (maxAttempts) => (await run(sql.BURY_ABANDONED, [maxAttempts])).count,
    async replayDead({ tenantId, target, entityId } = {}) {
      const { count } = await run(sql.REPLAY_DEAD, [tenantId ?? null, target ?? null, entityId ?? null]);
      if (count > 0) await run('select pg_notify($1, $2)', [OUTBOX_CHANNEL, '']);
      return count;
    },
    prune: async (limit) => (await run(sql.PRUNE, [JSON.stringify(EVENTS_DAYS_OF_TIER), limit])).count,
    async dueSagas(limit) {
      const { rows } = await run<{ tenant_id: string; id: string }>(sql.SAGAS_DUE, [limit]);
      return rows.map(({ tenant_id, id }) => ({ tenantId: tenant_id, id }));
    },
    async duePublications(limit) {
      const { rows } = await run<DueRow>(sql.PUBLICATIONS_DUE, [limit]);
      return rows.map(({ tenant_id, content_id, scheduled_by_kind: kind, scheduled_by: id }) => {
        return { tenantId: tenant_id, contentId: content_id, scheduledBy: { kind, id } };
      });
    },
    async outstanding(tenantId) {
      const { rows } = await run<{ count: number }>(sql.OUTSTANDING, [tenantId ?? null]);
      return rows[0]?.count ?? 0;
    },
  };
}

interface DueRow {
  tenant_id: string;
  content_id: string;
  scheduled_by_kind: Principal['kind'];
  scheduled_by: string;
}

interface ClaimedRow {
  position: string;
  entity_id: string;
  attempts: number;
  entity: string;
  kind: string;
  version: number;
  payload: unknown;
}

function readDelivery(row: ClaimedRow): Delivery {
  return {
    position: BigInt(row.position),
    entityId: row.entity_id,
    attempt: row.attempts,
    version: row.version,
    event: { kind: row.kind, entity: row.entity, entityId: row.entity_id, payload: row.payload },
  };
}
