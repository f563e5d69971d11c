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

/** The sums are of all contexts, also of those that the list leaves out. */
export async function readUsage({ sql }: TenantPostgres, given: string | null | undefined): Promise<MemoryUsageRow> {
  const contextId = given ? uuidOf(given, 'execution context') : null;
  const only = fragment`(${contextId}::uuid IS NULL OR context_id = ${contextId}::uuid)`;
  const contexts = await sql<ContextUsageRow & { all: UsageTotals }>`
    WITH held AS (
      SELECT context_id, count(*) AS memories, sum(bytes) AS bytes, 0 AS offloaded, 0 AS original, 0 AS compressed
      FROM memories WHERE ${only} GROUP BY context_id
      UNION ALL
      SELECT context_id, 0, 0, count(*), sum(original_bytes), sum(compressed_bytes)
      FROM offloaded_contexts WHERE ${only} GROUP BY context_id
    ), summed AS (
      SELECT context_id AS "contextId", sum(memories)::float8 AS memories, sum(bytes)::float8 AS "memoryBytes",
        sum(offloaded)::float8 AS "offloadedContexts", sum(original)::float8 AS "originalBytes",
        sum(compressed)::float8 AS "compressedBytes"
      FROM held GROUP BY context_id
    )
    SELECT *, (SELECT jsonb_build_object('memories', sum(memories), 'memoryBytes', sum("memoryBytes"), 'offloadedContexts',
        sum("offloadedContexts"), 'originalBytes', sum("originalBytes"), 'compressedBytes', sum("compressedBytes")) FROM summed) AS "all"
    FROM summed ORDER BY "memoryBytes" + "compressedBytes" DESC, "contextId" LIMIT 100`;
  return {
    ...(contexts[0]?.all ?? NOTHING),
    byContext: contexts,
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

const NOTHING: UsageTotals = {
  memories: 0,
  memoryBytes: 0,
  offloadedContexts: 0,
  originalBytes: 0,
  compressedBytes: 0,
};
