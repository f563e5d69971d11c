import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { pageSize } from '../../../runtime/connection.ts';
import type { QueryMemoryHistoryArgs } from '../../generated/resolvers.ts';
import { uuidOf } from '../changes.ts';

export interface UsageTotals {
  readonly memories: number;
  readonly memoryBytes: number;
  readonly offloadedContexts: number;
  readonly originalBytes: number;
  readonly compressedBytes: number;
}

export interface ContextUsageRow extends UsageTotals {
  readonly contextId: string;
}

export interface KindUsageRow {
  readonly kind: 'EPISODIC' | 'SEMANTIC' | 'PROCEDURAL';
  readonly memories: number;
  readonly memoryBytes: number;
}

export interface MemoryUsageRow extends UsageTotals {
  readonly byContext: readonly ContextUsageRow[];
  readonly byKind: () => Promise<KindUsageRow[]>;
}

export interface MemoryDayRow extends UsageTotals {
  readonly date: string;
  readonly expired: number;
  readonly refreshedAt: Date;
}

/** Sums are of all contexts, also of those that the list leaves out. */
export async function readUsage({ sql }: TenantPostgres, given: string | null | undefined): Promise<MemoryUsageRow> {
  const contextId = given ? uuidOf(given, 'execution context') : null;
  const only = fragment`(${contextId}::uuid IS NULL OR context_id = ${contextId}::uuid)`;
  const contexts = await sql<ContextUsageRow>`
    SELECT context_id AS "contextId", sum(memories)::float8 AS memories, sum(bytes)::float8 AS "memoryBytes",
      sum(offloaded)::float8 AS "offloadedContexts", sum(original)::float8 AS "originalBytes",
      sum(compressed)::float8 AS "compressedBytes"
    FROM (
      SELECT context_id, count(*) AS memories, sum(bytes) AS bytes, 0 AS offloaded, 0 AS original, 0 AS compressed
      FROM memories WHERE ${only} GROUP BY context_id
      UNION ALL
      SELECT context_id, 0, 0, count(*), sum(original_bytes), sum(compressed_bytes)
      FROM offloaded_contexts WHERE ${only} GROUP BY context_id
    ) AS held GROUP BY context_id ORDER BY sum(bytes) + sum(compressed) DESC, context_id`;
  const sum = (of: (one: UsageTotals) => number): number => contexts.reduce((all, one) => all + of(one), 0);
  return {
    memories: sum((one) => one.memories),
    memoryBytes: sum((one) => one.memoryBytes),
    offloadedContexts: sum((one) => one.offloadedContexts),
    originalBytes: sum((one) => one.originalBytes),
    compressedBytes: sum((one) => one.compressedBytes),
    byContext: contexts.slice(0, 100),
    byKind: () =>
      sql<KindUsageRow>`SELECT kind, count(*)::int AS memories, sum(bytes)::float8 AS "memoryBytes"
        FROM memories WHERE ${only} GROUP BY kind ORDER BY kind`,
  };
}

export function readHistory({ sql }: TenantPostgres, args: QueryMemoryHistoryArgs): Promise<MemoryDayRow[]> {
  const days = pageSize(args.days, { max: 366, standard: 30, name: 'days' });
  const contextId = args.contextId ? uuidOf(args.contextId, 'execution context') : null;
  return sql`
    SELECT day::text AS date, sum(memories)::int AS memories, sum(memory_bytes)::float8 AS "memoryBytes",
      sum(expired)::int AS expired, sum(offloaded)::int AS "offloadedContexts", sum(original_bytes)::float8 AS "originalBytes",
      sum(compressed_bytes)::float8 AS "compressedBytes", max(refreshed_at) AS "refreshedAt"
    FROM memory_rollups
    WHERE day > (now() AT TIME ZONE 'UTC')::date - ${days}::int
      AND (${contextId}::uuid IS NULL OR context_id = ${contextId}::uuid)
    GROUP BY day ORDER BY day DESC`;
}
