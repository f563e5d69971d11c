import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { fragment, joinFragments, type TenantPostgres } from '#stores/postgres/index';
import { buildConnection, createCursor, pageSize } from '../../runtime/connection.ts';
import type { QueryAuditLogArgs } from '../generated/resolvers.ts';
import type { AuditConnectionModel } from '../models.ts';
import type { AuditRow } from './rows.ts';

/** The log of the tenant, newest first: one statement a page, one more where the total is asked for. */
export async function listAudit(
  { first, after, filter }: QueryAuditLogArgs,
  { sql }: TenantPostgres,
): Promise<AuditConnectionModel> {
  const size = pageSize(first);
  const place = CURSOR.decode(after);
  const conditions = conditionsOf(filter ?? {});
  const page = place === undefined ? conditions : [...conditions, fragment`seq < ${place}::bigint`];
  const rows = await sql<AuditRow>`
    SELECT seq::text, at, principal_kind AS "principalKind", principal_id AS "principalId", action, operation, entity,
      entity_id AS "entityId", severity, before, after, metadata, hash
    FROM audit_log WHERE ${joinFragments(page, ' AND ')} ORDER BY audit_log.seq DESC LIMIT ${size + 1}`;
  return {
    ...buildConnection({ rows, size, after, cursorOf: ({ seq }) => CURSOR.encode(seq) }),
    async totalCount() {
      const [counted] = await sql<{ total: number }>`
        SELECT count(*)::int AS total FROM audit_log WHERE ${joinFragments(conditions, ' AND ')}`;
      return counted?.total ?? 0;
    },
  };
}

type Filter = NonNullable<QueryAuditLogArgs['filter']>;

function conditionsOf({ entity, entityId, action, principalId, severity, from, to, metadata }: Filter) {
  const texts = { entity, entityId, action, principalId, severity };
  for (const [name, value] of Object.entries(texts)) {
    if (value && value.length > 200)
      throw new PolygraphError('BAD_USER_INPUT', `\`${name}\` has at most 200 characters.`);
  }
  return [
    fragment`true`,
    ...(entity ? [fragment`entity = ${entity}`] : []),
    ...(entityId ? [fragment`entity_id = ${entityId}`] : []),
    ...(action ? [fragment`action = ${action}`] : []),
    ...(principalId ? [fragment`principal_id = ${principalId}`] : []),
    ...(severity ? [fragment`severity = ${severity}`] : []),
    ...(from ? [fragment`at >= ${from}`] : []),
    ...(to ? [fragment`at < ${to}`] : []),
    ...(metadata === null || metadata === undefined ? [] : [fragment`metadata @> ${textOf(metadata)}::jsonb`]),
  ];
}

function textOf(metadata: unknown): string {
  const text = JSON.stringify(metadata);
  if (typeof metadata === 'object' && !Array.isArray(metadata) && text.length <= 2_000) return text;
  throw new PolygraphError('BAD_USER_INPUT', '`metadata` is a JSON object of at most 2,000 characters.');
}

const CURSOR = createCursor<string>('auditLog', z.string().regex(/^[1-9]\d{0,17}$/));
