import { OUTBOX_CHANNEL, type ProjectionTarget } from '../outbox.ts';
import type { TenantPostgres } from '../tenant.ts';

/** A change that one projection gave up after repeated failures. What follows it of the same document waits behind it. */
export interface DeadLetter {
  /** Of the event, as mutations answer it. */
  readonly eventId: string;
  readonly target: ProjectionTarget;
  readonly contentId: string;
  /** `content.saved` or `content.deleted` */
  readonly kind: string;
  readonly attempts: number;
  /** Why the last attempt failed; STORE_UNAVAILABLE never counts as one. */
  readonly code: string;
  readonly createdAt: Date;
  /** Later changes of the document that wait for it. */
  readonly waitingBehind: number;
}

export interface DeadLetterPlace {
  readonly createdAt: string;
  readonly eventId: string;
  readonly target: string;
}

/** Oldest first, in one statement. */
export async function listDeadLetters(
  { sql }: TenantPostgres,
  { after, limit }: { after: DeadLetterPlace | undefined; limit: number },
): Promise<DeadLetter[]> {
  const { createdAt, eventId, target } = after ?? FIRST;
  return sql<DeadLetter>`
    select o.id::text as "eventId", d.target, d.entity_id::text as "contentId", o.kind, d.attempts::int,
      coalesce(d.last_error_code, 'INTERNAL') as code, date_trunc('milliseconds', o.created_at) as "createdAt",
      (select count(*)::int from outbox_deliveries b
       where b.tenant_id = d.tenant_id and b.entity_id = d.entity_id and b.target = d.target
         and b.position > d.position and b.state = 'pending') as "waitingBehind"
    from outbox_deliveries d join outbox o on o.tenant_id = d.tenant_id and o.position = d.position
    where d.state = 'dead'
      and (date_trunc('milliseconds', o.created_at), o.id, d.target) > (${createdAt}::timestamptz, ${eventId}::uuid, ${target})
    order by 7, o.id, d.target
    limit ${limit}`;
}

/**
 * Lets dead letters be tried again, with all attempts before them. The policy on deliveries lets a request do this and
 * nothing else to them.
 * @returns how many
 */
export function replayDeadLetters(
  postgres: TenantPostgres,
  { contentId, target }: { contentId?: string | undefined; target?: ProjectionTarget | undefined } = {},
): Promise<number> {
  return postgres.transaction(async (tx) => {
    const rows = await tx.$queryRaw<unknown[]>`
      update outbox_deliveries set state = 'pending', attempts = 0, next_attempt_at = now()
      where state = 'dead'
        and (${contentId ?? null}::uuid is null or entity_id = ${contentId ?? null}::uuid)
        and (${target ?? null}::text is null or target = ${target ?? null}::text)
      returning 1 as one`;
    if (rows.length > 0) await tx.$queryRaw`select pg_notify(${OUTBOX_CHANNEL}, '')::text`;
    return rows.length;
  });
}

const FIRST: DeadLetterPlace = {
  createdAt: '-infinity',
  eventId: '00000000-0000-0000-0000-000000000000',
  target: '',
};
