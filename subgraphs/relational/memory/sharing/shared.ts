import type { Connection } from '../../../runtime/connection.ts';
import type { Context } from '../../context.ts';
import type { QuerySharedMemoriesArgs } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { createNewestFirst } from '../../newest-first.ts';
import { FILTER } from '../memories/input.ts';
import type { RelationshipRow } from '../memories/relationships.ts';
import type { MemoryRow } from '../memories/rows.ts';
import { checkPurpose } from './input.ts';

export interface SharedMemoryRow
  extends Pick<MemoryRow, 'id' | 'kind' | 'relevanceScore' | 'content' | 'tags' | 'createdAt' | 'updatedAt'> {
  readonly giver: string;
  readonly relationships: readonly Pick<RelationshipRow, 'fromId' | 'toId' | 'kind' | 'strength'>[];
}

export interface SharedSourceRow {
  readonly id: string;
  readonly giver: string;
  readonly purpose: string;
  readonly expiresAt: Date;
}

/**
 * What is shared is decided by policies of PostgreSQL (prisma/migrations/0016_memory_sharing). The statement begins at
 * the rules and takes the newest of each context, so that policies are asked of few rows.
 */
export function listSharedMemories(
  { purpose: given, filter, ...args }: QuerySharedMemoriesArgs,
  { tenant, stores }: Context,
): Promise<Connection<SharedMemoryRow>> {
  const purpose = checkPurpose(given);
  const { kind = null, tags = [], minRelevance = 0 } = check(FILTER, filter ?? {});
  return NEWEST.page(args, ({ take, after }) =>
    stores.postgres.sharing.dangerouslyReadAcrossTenants(
      { purpose },
      (sql) => sql<SharedMemoryRow>`
        SELECT m.id, m.kind, m.relevance_score AS "relevanceScore", m.content, m.tags, m.created_at AS "createdAt",
          m.updated_at AS "updatedAt", r.giver_name AS giver, coalesce(links.held, '[]') AS relationships
        FROM (
          SELECT DISTINCT ON (s.tenant_id, s.context_id) s.tenant_id, s.context_id, s.giver_name FROM sharing_rules s
          WHERE s.grantee_id = ${tenant.tenantId} AND s.purpose = ${purpose}
        ) AS r CROSS JOIN LATERAL (
          SELECT m.tenant_id, m.id, m.kind, m.relevance_score, m.content, m.tags, m.created_at, m.updated_at
          FROM memories m WHERE m.tenant_id = r.tenant_id AND m.context_id = r.context_id
            AND m.tags @> ${tags}::text[] AND m.relevance_score >= ${minRelevance} AND coalesce(m.kind = ${kind}, true)
            AND (${after?.at ?? null}::timestamptz IS NULL OR (m.created_at, m.id) < (${after?.at ?? null}, ${after?.id ?? null}::uuid))
          ORDER BY m.created_at DESC, m.id DESC LIMIT ${take}
        ) AS m LEFT JOIN LATERAL (
          SELECT jsonb_agg(jsonb_build_object('fromId', l.from_id, 'toId', l.to_id, 'kind', l.kind, 'strength', l.strength)
            ORDER BY l.strength DESC) AS held
          FROM (SELECT l.from_id, l.to_id, l.kind, l.strength FROM memory_relationships l
            WHERE l.tenant_id = m.tenant_id AND (l.from_id = m.id OR l.to_id = m.id)
            ORDER BY l.strength DESC, l.from_id, l.to_id LIMIT 50) AS l
        ) AS links ON true
        ORDER BY m.created_at DESC, m.id DESC LIMIT ${take}`,
    ),
  );
}

/** Rules that share something with the caller now. */
export function listSharedSources(given: string, { tenant, stores }: Context): Promise<SharedSourceRow[]> {
  const purpose = checkPurpose(given);
  return stores.postgres.sharing.dangerouslyReadAcrossTenants(
    { purpose },
    (sql) => sql<SharedSourceRow>`
      SELECT r.id, r.giver_name AS giver, r.purpose, r.expires_at AS "expiresAt" FROM sharing_rules r
      WHERE r.grantee_id = ${tenant.tenantId} AND r.purpose = ${purpose}
        AND EXISTS (SELECT FROM memories m WHERE m.tenant_id = r.tenant_id AND m.context_id = r.context_id
          AND coalesce(m.id = r.memory_id, true) AND coalesce(r.tag = ANY (m.tags), true))
      ORDER BY r.created_at DESC, r.id DESC LIMIT 100`,
  );
}

const NEWEST = createNewestFirst('sharing.memories');
