import { PolygraphError } from '#platform/errors';
import { UUID_IN_ANY_CASE } from '#platform/uuid';
import type { Notice, OutboxEvent } from '../outbox.ts';
import { fragment, type TenantPostgres } from '../tenant.ts';

/** One change of a tenant's documents, or a notice, as those outside follow them. */
export interface Change {
  /** Id of the event: where to resume. */
  readonly cursor: string;
  readonly kind: string;
  readonly entity: string;
  readonly entityId: string;
  readonly at: Date;
  readonly payload: unknown;
}

export interface ChangesQuestion {
  readonly after: string | undefined;
  readonly limit: number;
  readonly bodies: boolean;
  readonly entities: readonly (OutboxEvent | Notice)['entity'][];
}

/**
 * Changes behind a cursor, in an order in which nothing can come in between any more: by the transaction, and only those
 * that began before the oldest one still running. So whoever resumes misses none, and sees each once. The changes of
 * one document are in its own order. Superseded changes leave the outbox after its retention: who begins at the start
 * sees at least the newest of each part of every document.
 *
 * @param after a former cursor; absent: from the start
 * @param entities what the reader may be told of
 * @throws PolygraphError CURSOR_INVALID for one that is not (any more) the tenant's
 */
export async function readChanges(
  { sql }: TenantPostgres,
  { after, limit, bodies, entities }: ChangesQuestion,
): Promise<Change[]> {
  const place = after === undefined ? undefined : await findPlace(sql, after);
  const beyond = place ? fragment`and (o.tx, o.position) > (${place.tx}::xid8, ${place.position}::bigint)` : fragment``;
  const payload = bodies ? fragment`o.payload` : fragment`o.payload - 'body'`;
  return sql<Change>`
    select o.id::text as cursor, o.kind, o.entity, o.entity_id::text as "entityId", o.created_at as at,
      ${payload} as payload
    from outbox o
    where o.tx < pg_snapshot_xmin(pg_current_snapshot()) and o.entity = any (${[...entities]}::text[]) ${beyond}
    order by o.tx, o.position
    limit ${limit}`;
}

async function findPlace(sql: TenantPostgres['sql'], id: string): Promise<{ tx: string; position: string }> {
  const [place] = UUID_IN_ANY_CASE.test(id)
    ? await sql<{ tx: string; position: string }>`
        select tx::text, position::text from outbox where id = ${id}::uuid`
    : [];
  if (place) return place;
  throw new PolygraphError('CURSOR_INVALID', '`after` names no change that is still kept; begin without it.');
}
