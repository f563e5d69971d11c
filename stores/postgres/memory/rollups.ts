import { DAY_MS } from '#platform/durations';
import { atHome, inEachTenant, inEachTenantThere } from '../audit/each-tenant.ts';
import type { AuditAccess } from '../audit/places.ts';

/** What the memory of a tenant came to when it was last counted. */
export interface MemoryTotals {
  /** Execution contexts, counted now. */
  readonly contexts: number;
  readonly memories: number;
  readonly memoryBytes: number;
  readonly expired: number;
  readonly offloaded: number;
  readonly originalBytes: number;
  readonly compressedBytes: number;
  /** Null where it never was. */
  readonly refreshedAt: Date | null;
}

/** Of all tenants together, naming none. */
export interface MemoryHealth extends MemoryTotals {
  readonly tenants: number;
  /** Who have contexts that were not counted within the last day. */
  readonly staleTenants: number;
}

/**
 * Counts today's memory of every tenant, where its rows are. Run again on the same day it renews the rows.
 * Places that cannot be reached are left out.
 */
export async function refreshRollups(access: AuditAccess): Promise<{ done: number; failed: readonly string[] }> {
  let refreshed = 0;
  const failed = await inEachTenantThere(access, async (tenant) => {
    const done = await atHome(tenant, async () => {
      await tenant.client.query(FORGET_TODAY, [tenant.id]);
      await tenant.client.query(REFRESH, [tenant.id]);
      return 1;
    });
    refreshed += done ?? 0;
  });
  return { done: refreshed, failed };
}

/** By slug; for operators. */
export async function listMemoryTotals(access: AuditAccess): Promise<(MemoryTotals & { readonly slug: string })[]> {
  const totals: (MemoryTotals & { slug: string })[] = [];
  await inEachTenant(access, async ({ client, id, slug }) => {
    const { rows } = await client.query<MemoryTotals>(TOTALS, [id]);
    for (const row of rows) totals.push({ slug, ...row });
  });
  return totals.sort((a, b) => a.slug.localeCompare(b.slug));
}

export async function readMemoryHealth(access: AuditAccess, now = Date.now()): Promise<MemoryHealth> {
  const totals = await listMemoryTotals(access);
  const sum = (of: (one: MemoryTotals) => number): number => totals.reduce((all, one) => all + of(one), 0);
  const times = totals.flatMap(({ refreshedAt }) => refreshedAt ?? []).sort((a, b) => a.getTime() - b.getTime());
  return {
    tenants: totals.length,
    staleTenants: totals.filter(({ contexts, refreshedAt }) => contexts > 0 && isOld(refreshedAt, now)).length,
    contexts: sum((one) => one.contexts),
    memories: sum((one) => one.memories),
    memoryBytes: sum((one) => one.memoryBytes),
    expired: sum((one) => one.expired),
    offloaded: sum((one) => one.offloaded),
    originalBytes: sum((one) => one.originalBytes),
    compressedBytes: sum((one) => one.compressedBytes),
    refreshedAt: times[0] ?? null,
  };
}

const isOld = (refreshedAt: Date | null, now: number): boolean => !refreshedAt || now - refreshedAt.getTime() > DAY_MS;

/** A context that was deleted today is not among those that are counted again. */
const FORGET_TODAY = `DELETE FROM memory_rollups WHERE tenant_id = $1 AND day = (now() AT TIME ZONE 'UTC')::date`;

const REFRESH = `
  INSERT INTO memory_rollups (tenant_id, day, context_id, memories, memory_bytes, expired, offloaded, original_bytes, compressed_bytes)
  SELECT $1, (now() AT TIME ZONE 'UTC')::date, e.id, coalesce(m.live, 0), coalesce(m.bytes, 0), coalesce(m.expired, 0),
    coalesce(o.count, 0), coalesce(o.original, 0), coalesce(o.compressed, 0)
  FROM execution_contexts e
  LEFT JOIN (
    SELECT context_id, count(*) FILTER (WHERE live) AS live, sum(bytes) FILTER (WHERE live) AS bytes,
      count(*) FILTER (WHERE NOT live) AS expired
    FROM memories, LATERAL (SELECT expires_at IS NULL OR expires_at > now() AS live) AS l
    WHERE tenant_id = $1 GROUP BY context_id
  ) AS m ON m.context_id = e.id
  LEFT JOIN (
    SELECT context_id, count(*) AS count, sum(original_bytes) AS original, sum(compressed_bytes) AS compressed
    FROM offloaded_contexts WHERE tenant_id = $1 GROUP BY context_id
  ) AS o ON o.context_id = e.id
  WHERE e.tenant_id = $1`;

/** One row, also where there is none to sum. */
const TOTALS = `
  SELECT coalesce(sum(memories), 0)::float8 AS memories, coalesce(sum(memory_bytes), 0)::float8 AS "memoryBytes",
    coalesce(sum(expired), 0)::float8 AS expired, coalesce(sum(offloaded), 0)::float8 AS offloaded,
    coalesce(sum(original_bytes), 0)::float8 AS "originalBytes", coalesce(sum(compressed_bytes), 0)::float8 AS "compressedBytes",
    max(refreshed_at) AS "refreshedAt",
    (SELECT count(*) FROM execution_contexts WHERE tenant_id = $1)::float8 AS contexts
  FROM memory_rollups WHERE tenant_id = $1 AND day = (SELECT max(day) FROM memory_rollups WHERE tenant_id = $1)`;
