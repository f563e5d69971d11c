import { UUID_IN_ANY_CASE } from '#platform/uuid';
import { PROJECTION_TARGETS, type ProjectionTarget } from '../outbox.ts';
import type { TenantPostgres } from '../tenant.ts';

/** How far one projection lags, for one entity or a whole tenant. */
export interface ProjectionFreshness {
  readonly target: ProjectionTarget;
  readonly pending: number;
  readonly dead: number;
  /** Age of the oldest change that is not projected, in seconds; 0 where all are. */
  readonly lagSeconds: number;
  readonly fresh: boolean;
}

/** Of the whole tenant, in one statement. */
export async function freshnessOfTenant(postgres: TenantPostgres): Promise<ProjectionFreshness[]> {
  const rows = await postgres.sql<Row>`
    select target, count(*) filter (where state = 'pending')::int as pending,
      count(*) filter (where state = 'dead')::int as dead,
      extract(epoch from now() - min(created_at))::float8 as lag
    from outbox_deliveries where state <> 'done' group by target`;
  return complete(rows);
}

/** Of each of these entities, in one statement and in their order. An unknown entity has nothing that waits. */
export async function freshnessOfEntities(
  postgres: TenantPostgres,
  entityIds: readonly string[],
): Promise<ProjectionFreshness[][]> {
  const uuids = entityIds.filter((id) => UUID_IN_ANY_CASE.test(id));
  const rows = await postgres.sql<Row & { entity_id: string }>`
    select entity_id::text, target, count(*) filter (where state = 'pending')::int as pending,
      count(*) filter (where state = 'dead')::int as dead,
      extract(epoch from now() - min(created_at))::float8 as lag
    from outbox_deliveries where state <> 'done' and entity_id = any (${uuids}::uuid[])
    group by entity_id, target`;
  const found = new Map<string, Row[]>();
  for (const row of rows) found.set(row.entity_id, [...(found.get(row.entity_id) ?? []), row]);
  return entityIds.map((id) => complete(found.get(id.toLowerCase()) ?? []));
}

interface Row {
  target: ProjectionTarget;
  pending: number;
  dead: number;
  lag: number;
}

function complete(rows: readonly Row[]): ProjectionFreshness[] {
  return PROJECTION_TARGETS.map((target) => {
    const { pending, dead, lag } = rows.find((row) => row.target === target) ?? { pending: 0, dead: 0, lag: 0 };
    return { target, pending, dead, lagSeconds: Math.max(0, lag), fresh: pending === 0 && dead === 0 };
  });
}
