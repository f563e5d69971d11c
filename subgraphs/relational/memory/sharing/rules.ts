import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import type { Connection } from '../../../runtime/connection.ts';
import type { Context } from '../../context.ts';
import type { QuerySharingRulesArgs, SharingRuleInput } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { createNewestFirst } from '../../newest-first.ts';
import { notFound, uuidOf } from '../changes.ts';
import { SHARING_RULE } from './input.ts';

export interface SharingRuleRow {
  readonly id: string;
  readonly contextId: string;
  readonly memoryId: string | null;
  readonly tag: string | null;
  readonly purpose: string;
  readonly granteeId: string;
  readonly state: 'OFFERED' | 'ACCEPTED' | 'REFUSED' | 'EXPIRED' | 'ENDED';
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly createdAt: Date;
}

/** With what the grantees have answered, which is all that the giver sees of them. */
export function listSharingRules(
  args: QuerySharingRulesArgs,
  { tenant, stores }: Context,
): Promise<Connection<SharingRuleRow>> {
  return NEWEST.page(args, ({ take, after }) =>
    stores.postgres.sharing.dangerouslyReadAcrossTenants({}, (sql) =>
      readRules(sql, tenant.tenantId, { take, before: after?.at ?? null, beforeId: after?.id ?? null }),
    ),
  );
}

export async function createSharingRule({ tenant, stores }: Context, input: SharingRuleInput): Promise<SharingRuleRow> {
  const { contextId, memoryId, tag = null, purpose, granteeId, expiresAt } = check(SHARING_RULE, input);
  if (memoryId !== undefined && tag !== null) {
    throw new PolygraphError('BAD_USER_INPUT', 'Give `memoryId` or `tag`, not both.');
  }
  if (granteeId === tenant.tenantId) {
    throw new PolygraphError('BAD_USER_INPUT', '`granteeId` is this tenant itself.', { facts: { field: 'granteeId' } });
  }
  const context = uuidOf(contextId, 'execution context');
  const memory = memoryId === undefined ? null : uuidOf(memoryId, 'memory');
  return stores.postgres.sharing.transaction(
    async (sql) => {
      const [held] = await sql<{ isolationLevel: string; encrypted: boolean; holds: boolean }>`
        SELECT e.isolation_level AS "isolationLevel", e.encryption_enabled AS encrypted,
          ${memory}::uuid IS NULL OR EXISTS (SELECT FROM memories m WHERE m.id = ${memory} AND m.context_id = e.id) AS holds
        FROM execution_contexts e WHERE e.id = ${context} FOR KEY SHARE`;
      if (!held) throw notFound('execution context');
      if (!held.holds) throw notFound('memory');
      refuseClosed(held);
      const [made] = await sql<{ id: string }>`
        INSERT INTO sharing_rules (tenant_id, giver_name, context_id, level, memory_id, tag, purpose, grantee_id,
          place_generation, expires_at)
        SELECT t.id, t.name, ${context}, ${held.isolationLevel}, ${memory}, ${tag}, ${purpose}, ${granteeId},
          p.generation, ${expiresAt}
        FROM tenants t JOIN placements p ON p.tenant_id = t.id WHERE t.id = ${tenant.tenantId} RETURNING id`;
      return ownRule(sql, made?.id);
    },
    { action: 'sharing.offer' },
  );
}

export async function endSharingRule({ stores }: Context, id: string): Promise<SharingRuleRow> {
  const ruleId = uuidOf(id, 'sharing rule');
  return stores.postgres.sharing.transaction(
    async (sql) => {
      await sql`UPDATE sharing_rules SET ended_at = now() WHERE id = ${ruleId} AND ended_at IS NULL`;
      return ownRule(sql, ruleId);
    },
    { action: 'sharing.end' },
  );
}

/** The level is also a foreign key, and encryption a policy: this says why, before they refuse. */
function refuseClosed({ isolationLevel, encrypted }: { readonly isolationLevel: string; readonly encrypted: boolean }) {
  if (isolationLevel === 'STRICT') {
    throw new PolygraphError('CONFLICT', 'The context is STRICT: nothing of it can be shared. Set it to SHARED first.');
  }
  if (encrypted) {
    throw new PolygraphError(
      'CONFLICT',
      'The context is encrypted with the key of this tenant, so nobody else could read it.',
    );
  }
}

/** As this tenant alone sees it: an answer is the grantee's row, so one that was just made or ended shows none. */
async function ownRule(sql: RegistrySql, id: string | undefined): Promise<SharingRuleRow> {
  const [rule] = await sql<SharingRuleRow>`
    SELECT r.id, r.context_id AS "contextId", r.memory_id AS "memoryId", r.tag, r.purpose, r.grantee_id AS "granteeId",
      CASE WHEN r.ended_at IS NULL THEN 'OFFERED' ELSE 'ENDED' END AS state, r.expires_at AS "expiresAt",
      r.ended_at AS "endedAt", r.created_at AS "createdAt"
    FROM sharing_rules r WHERE r.id = ${id}`;
  return rule ?? Promise.reject(notFound('sharing rule'));
}

interface Page {
  readonly take: number;
  readonly before: string | null;
  readonly beforeId: string | null;
}

const readRules = (sql: RegistrySql, tenantId: string, { take, before, beforeId }: Page) => sql<SharingRuleRow>`
  SELECT r.id, r.context_id AS "contextId", r.memory_id AS "memoryId", r.tag, r.purpose, r.grantee_id AS "granteeId",
    CASE WHEN r.ended_at IS NOT NULL OR p.generation <> r.place_generation THEN 'ENDED'
      WHEN r.expires_at <= now() THEN 'EXPIRED' ELSE coalesce(a.answer, 'OFFERED') END AS state,
    r.expires_at AS "expiresAt", r.ended_at AS "endedAt", r.created_at AS "createdAt"
  FROM sharing_rules r JOIN placements p ON p.tenant_id = r.tenant_id
  LEFT JOIN sharing_answers a ON a.tenant_id = r.grantee_id AND a.giver_id = r.tenant_id AND a.rule_id = r.id
  WHERE r.tenant_id = ${tenantId}
    AND (${before}::timestamptz IS NULL OR (r.created_at, r.id) < (${before}, ${beforeId}::uuid))
  ORDER BY r.created_at DESC, r.id DESC LIMIT ${take}`;

const NEWEST = createNewestFirst('sharing.rules');
