import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECTION_TARGETS, type ProjectionTarget } from '../outbox.ts';
import type { TenantPostgres } from '../tenant.ts';

/** How far some changes have come, by the ids of their events. */
export interface Arrival {
  /** Projections that have not applied all of them yet. */
  readonly waiting: readonly ProjectionTarget[];
  /** Projections that gave one of them up. */
  readonly dead: readonly ProjectionTarget[];
  /** Ids that the outbox does not know: of another tenant, of none, or delivered long ago and removed. */
  readonly unknown: readonly string[];
}

export const hasArrived = ({ waiting, dead }: Arrival): boolean => waiting.length === 0 && dead.length === 0;

/** In one statement. */
export async function readArrival({ sql }: TenantPostgres, eventIds: readonly string[]): Promise<Arrival> {
  const rows = await sql<{ id: string; target: ProjectionTarget; state: 'pending' | 'done' | 'dead' }>`
    select o.id::text, d.target, d.state from outbox o
    join outbox_deliveries d on d.tenant_id = o.tenant_id and d.position = o.position
    where o.id = any (${eventIds}::uuid[])`;
  const targetsOf = (state: string): ProjectionTarget[] =>
    PROJECTION_TARGETS.filter((target) => rows.some((row) => row.target === target && row.state === state));
  const known = new Set(rows.map(({ id }) => id));
  return {
    waiting: targetsOf('pending'),
    dead: targetsOf('dead'),
    unknown: eventIds.filter((id) => !known.has(id)),
  };
}

/**
 * Waits until every projection has applied the changes, one has given up, or the time is over. It holds no connection
 * between two looks.
 */
export async function awaitArrival(
  postgres: TenantPostgres,
  eventIds: readonly string[],
  { withinMs }: { withinMs: number },
): Promise<Arrival> {
  const end = performance.now() + withinMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    const arrival = await readArrival(postgres, eventIds);
    const left = end - performance.now();
    if (arrival.waiting.length === 0 || arrival.dead.length > 0 || left <= 0) return arrival;
    await sleep(Math.min(pause, left));
  }
}

/** A relay that is awake needs some tens of milliseconds. */
const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 150;
