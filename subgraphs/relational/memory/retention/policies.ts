import { PolygraphError } from '#platform/errors';
import type { TenantPostgres } from '#stores/postgres/index';
import { RETENTION, RETENTION_KINDS, type RetentionKind } from '#stores/postgres/memory/retention';
import type { Context } from '../../context.ts';

export interface RetentionRow {
  readonly kind: RetentionKind;
  readonly days: number | null;
  readonly updatedAt: Date | null;
  readonly minDays: number;
  readonly maxDays: number;
}

export async function listPolicies({ sql }: TenantPostgres): Promise<RetentionRow[]> {
  const rows = await sql<{ kind: RetentionKind; days: number; updatedAt: Date }>`
    SELECT kind, days, updated_at AS "updatedAt" FROM retention_policies`;
  const own = new Map(rows.map((row) => [row.kind, row]));
  return RETENTION_KINDS.map((kind) => rowOf(kind, own.get(kind)));
}

export async function setPolicy({ tenant, stores }: Context, kind: RetentionKind, days: number): Promise<RetentionRow> {
  const { min, max } = RETENTION[kind];
  if (days < min || days > max) {
    throw new PolygraphError('BAD_USER_INPUT', `\`days\` is from ${min} to ${max} for ${kind}.`, {
      facts: { fields: ['days'], min, max },
    });
  }
  const updatedAt = new Date();
  await stores.postgres.transaction(
    (tx) => tx.$queryRaw`INSERT INTO retention_policies (tenant_id, kind, days, updated_at)
      VALUES (${tenant.tenantId}::uuid, ${kind}::text, ${days}::int, ${updatedAt}::timestamptz)
      ON CONFLICT (tenant_id, kind) DO UPDATE SET days = excluded.days, updated_at = excluded.updated_at RETURNING kind`,
    { action: 'retention.set' },
  );
  return rowOf(kind, { days, updatedAt });
}

export async function clearPolicy({ stores }: Context, kind: RetentionKind): Promise<RetentionRow> {
  await stores.postgres.transaction(
    (tx) => tx.$queryRaw`DELETE FROM retention_policies WHERE kind = ${kind}::text RETURNING kind`,
    { action: 'retention.clear' },
  );
  return rowOf(kind, undefined);
}

function rowOf(kind: RetentionKind, own: { days: number; updatedAt: Date } | undefined): RetentionRow {
  const { min: minDays, max: maxDays, standard } = RETENTION[kind];
  return { kind, days: own?.days ?? standard ?? null, updatedAt: own?.updatedAt ?? null, minDays, maxDays };
}
