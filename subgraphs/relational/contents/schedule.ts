import { DAY_MS } from '#platform/durations';
import { PolygraphError } from '#platform/errors';
import type { TenantPostgres, TenantTransaction } from '#stores/postgres/index';
import type { TenantContext } from '#tenancy/context';
import { isUuid } from '../../runtime/ids.ts';
import { contentSaved } from './events.ts';
import { CONTENT_FIELDS, type ContentRow } from './rows.ts';
import { notFound, told, type Written } from './write.ts';

/**
 * A document that is to be published later. Its status says so, and a row beside it says when and by whom; a trigger
 * takes the row away whenever the status changes. Other stores are told that it is a draft, which it is until then.
 */
export interface Schedule {
  readonly id: string;
  readonly at: Date;
  /** Refuses with CONFLICT where the document has moved on. */
  readonly ifRevision?: number | null | undefined;
}

/** Again for a document that is scheduled: then the newer moment holds, and whoever set it publishes. */
export async function schedulePublication(
  postgres: TenantPostgres,
  tenant: TenantContext,
  { id, at, ifRevision }: Schedule,
  now: Date = new Date(),
): Promise<Written> {
  checkMoment(at, now);
  const { kind, id: who } = tenant.principal;
  return postgres.transaction(
    async (tx) => {
      const from = { status: ['DRAFT', 'SCHEDULED'], revision: ifRevision ?? undefined } as const;
      const content = await setStatus(tx, tenant.tenantId, id, from, { status: 'SCHEDULED' });
      await tx.$queryRaw`
        insert into scheduled_publications (content_id, publish_at, scheduled_by_kind, scheduled_by)
        values (${content.id}::uuid, ${at}, ${kind}, ${who}::uuid)
        on conflict (tenant_id, content_id) do update set publish_at = excluded.publish_at,
          scheduled_by_kind = excluded.scheduled_by_kind, scheduled_by = excluded.scheduled_by`;
      return told(tx, content, contentSaved(content));
    },
    { action: 'content.schedule', metadata: { publishAt: at.toISOString() } },
  );
}

/** Makes it a draft again. @throws PolygraphError CONFLICT where it is not scheduled */
export async function unschedulePublication(
  postgres: TenantPostgres,
  { tenantId }: TenantContext,
  id: string,
): Promise<Written> {
  return postgres.transaction(
    async (tx) => {
      const content = await setStatus(tx, tenantId, id, { status: ['SCHEDULED'] }, { status: 'DRAFT' });
      return told(tx, content, contentSaved(content));
    },
    { action: 'content.unschedule' },
  );
}

/**
 * Publishes a document whose moment has come, or makes it a draft again where whoever scheduled it may not publish any
 * more. The row is locked until the commit, and gone with it: of several processes one does it, and one that is killed
 * before leaves it to the next.
 * @param postgres of a context whose principal is the one that scheduled it
 * @returns undefined where nothing was due any more, or another process is at it
 */
export async function finishPublication(
  postgres: TenantPostgres,
  { tenantId }: TenantContext,
  { contentId, allowed }: { readonly contentId: string; readonly allowed: boolean },
): Promise<Written | undefined> {
  return postgres.transaction(
    async (tx) => {
      const [due] = await tx.$queryRaw<{ publishAt: Date }[]>`
        select publish_at as "publishAt" from scheduled_publications
        where content_id = ${contentId}::uuid and publish_at <= now() for update skip locked`;
      if (!due) return undefined;
      const { publishAt } = due;
      const data = allowed
        ? ({ status: 'PUBLISHED', publishedAt: publishAt } as const)
        : ({ status: 'DRAFT' } as const);
      const content = await setStatus(tx, tenantId, contentId, { status: ['SCHEDULED'] }, data);
      return told(tx, content, contentSaved(content));
    },
    { action: allowed ? 'content.publish' : 'content.unschedule' },
  );
}

type Status = ContentRow['status'];

async function setStatus(
  tx: TenantTransaction,
  tenantId: string,
  id: string,
  from: { readonly status: readonly Status[]; readonly revision?: number | undefined },
  data: { readonly status: Status; readonly publishedAt?: Date },
): Promise<ContentRow> {
  if (!isUuid(id)) throw notFound();
  const key = { tenantId, id: id.toLowerCase() };
  const [row] = await tx.content.updateManyAndReturn({
    where: {
      ...{ ...key, deletedAt: null, status: { in: [...from.status] } },
      ...(from.revision === undefined ? {} : { revision: from.revision }),
    },
    data: { ...data, revision: { increment: 1 }, updatedAt: new Date() },
    select: CONTENT_FIELDS,
  });
  if (row) return row;
  const found = await tx.content.findFirst({ where: { ...key, deletedAt: null }, select: CONTENT_FIELDS });
  if (!found) throw notFound();
  const { status, revision } = found;
  const message = from.status.includes(status)
    ? `The document has moved on; it is at revision ${revision}.`
    : `The document is ${status}; this is for one that is ${from.status.join(' or ')}.`;
  throw new PolygraphError('CONFLICT', message, { facts: { status, revision } });
}

function checkMoment(at: Date, now: Date): void {
  if (at <= now) throw new PolygraphError('BAD_USER_INPUT', '`at` has passed; publish the document instead.');
  if (at.getTime() - now.getTime() <= MOST_DAYS * DAY_MS) return;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`at\` is at most ${MOST_DAYS} days ahead.`, {
    facts: { argument: 'at', limit: MOST_DAYS },
  });
}

const MOST_DAYS = 366;
