import { inEachTenant } from '../audit/each-tenant.ts';
import type { AuditAccess } from '../audit/places.ts';

/**
 * Writes today's row of every tenant, where its rows are. Run again on the same
 * day it renews the row.
 * @returns how many tenants
 */
export async function takeMetrics(access: AuditAccess): Promise<number> {
  let taken = 0;
  await inEachTenant(access, async ({ client, id }) => {
    await client.query(TAKE, [id]);
    taken += 1;
  });
  return taken;
}

const TAKE = `
  INSERT INTO tenant_metrics (tenant_id, date, user_count, content_count, item_count, audit_count, active_users, storage_bytes)
  SELECT $1::uuid, (now() AT TIME ZONE 'UTC')::date,
    (SELECT count(*) FROM memberships WHERE tenant_id = $1::uuid),
    (SELECT count(*) FROM contents WHERE tenant_id = $1::uuid AND deleted_at IS NULL),
    (SELECT count(*) FROM items WHERE tenant_id = $1::uuid AND deleted_at IS NULL),
    today.changes, today.people,
    coalesce((SELECT storage_bytes FROM tenant_usage WHERE tenant_id = $1::uuid), 0)
  FROM (
    SELECT count(*) AS changes, count(DISTINCT principal_id) FILTER (WHERE principal_kind = 'user') AS people
    FROM audit_log WHERE tenant_id = $1::uuid AND at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  ) AS today
  ON CONFLICT (tenant_id, date) DO UPDATE SET user_count = excluded.user_count, content_count = excluded.content_count,
    item_count = excluded.item_count, audit_count = excluded.audit_count, active_users = excluded.active_users,
    storage_bytes = excluded.storage_bytes, taken_at = now()`;
