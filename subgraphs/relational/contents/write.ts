import { randomUUID } from 'node:crypto';
import { PolygraphError } from '#platform/errors';
import { violatedUnique } from '#stores/postgres/errors';
import type { TenantPostgres, TenantTransaction } from '#stores/postgres/index';
import { appendOutbox, type OutboxEvent } from '#stores/postgres/outbox';
import type { TenantContext } from '#tenancy/context';
import { isUuid } from '../../runtime/ids.ts';
import { given } from '../input.ts';
import { contentDeleted, contentSaved } from './events.ts';
import { type CreateInput, slugOf, type UpdateInput } from './input.ts';
import { CONTENT_FIELDS, type ContentRow } from './rows.ts';

/** A document after a change, and the event that tells the other stores of it. */
export interface Written {
  readonly content: ContentRow;
  /** Id of the event in the outbox. */
  readonly position: string;
}

/**
 * Changes of a document. Each is one transaction: the row, who did it (the
 * audit of the store), and what the other stores must learn; all three are
 * there, or none.
 * An id of another tenant is NOT_FOUND, exactly as one that never existed.
 */
export interface ContentWriter {
  create(input: CreateInput & { body: string }): Promise<Written>;
  update(id: string, input: UpdateInput & { body?: string }): Promise<Written>;
  publish(id: string): Promise<Written>;
  delete(id: string): Promise<Written>;
  restore(id: string): Promise<Written>;
}

export function createContentWriter(postgres: TenantPostgres, tenant: TenantContext): ContentWriter {
  const { tenantId } = tenant;
  const insert = (id: string, slug: string, { body, topics, keywords, ...input }: CreateInput & { body: string }) =>
    postgres.transaction(
      async (tx) => {
        const content = await tx.content.create({
          data: {
            ...{ tenantId, id, slug, title: input.title },
            summary: input.summary ?? null,
            licence: input.licence ?? null,
            tags: input.tags ?? [],
            authorId: tenant.principal.kind === 'user' ? tenant.principal.id : null,
          },
          select: CONTENT_FIELDS,
        });
        return told(tx, content, contentSaved(content, { body, topics, keywords }));
      },
      { action: 'content.create' },
    );
  const change = (id: string, action: string, update: Change, eventOf: (row: ContentRow) => OutboxEvent) =>
    postgres
      .transaction(
        async (tx) => {
          const content = await updateRow(tx, tenantId, id, update);
          return told(tx, content, eventOf(content));
        },
        { action },
      )
      .catch((error: unknown) => Promise.reject(conflictOf(error)));
  return {
    async create(input) {
      const id = randomUUID();
      const slug = input.slug ?? (slugOf(input.title) || id);
      try {
        return await insert(id, slug, input);
      } catch (error) {
        if (violatedUnique(error) !== SLUG_INDEX || input.slug !== undefined) throw conflictOf(error, slug);
        // A derived slug that is taken is told apart by the id instead of troubling the writer.
        return await insert(id, `${slug}-${id.slice(0, 8)}`, input);
      }
    },
    update: (id, { ifRevision, body, topics, keywords, ...input }) =>
      change(
        id,
        'content.update',
        {
          where: { deletedAt: null, ...(ifRevision === undefined ? {} : { revision: ifRevision }) },
          data: given(input),
        },
        (row) => contentSaved(row, { body, topics, keywords }),
      ),
    publish: (id) =>
      change(
        id,
        'content.publish',
        { where: { deletedAt: null }, data: { status: 'PUBLISHED' }, onlyOnce: { publishedAt: new Date() } },
        (row) => contentSaved(row),
      ),
    delete: (id) =>
      change(id, 'content.delete', { where: { deletedAt: null }, data: { deletedAt: new Date() } }, contentDeleted),
    restore: (id) =>
      change(id, 'content.restore', { where: { deletedAt: { not: null } }, data: { deletedAt: null } }, (row) =>
        contentSaved(row),
      ),
  };
}

type UpdateArgs = Parameters<TenantTransaction['content']['update']>[0];
interface Change {
  readonly where: Omit<UpdateArgs['where'], 'tenantId_id'>;
  readonly data: Pick<UpdateArgs['data'], 'title' | 'summary' | 'licence' | 'tags' | 'status' | 'deletedAt'>;
  /** Set where it has no value yet. */
  readonly onlyOnce?: { readonly publishedAt: Date };
}

async function updateRow(tx: TenantTransaction, tenantId: string, id: string, change: Change): Promise<ContentRow> {
  if (!isUuid(id)) throw notFound();
  const key = { tenantId, id: id.toLowerCase() };
  const where = { tenantId_id: key, ...change.where };
  const data = { ...change.data, revision: { increment: 1 }, updatedAt: new Date() };
  const [row] = await tx.content.updateManyAndReturn({
    where: { ...key, ...change.where },
    data,
    select: CONTENT_FIELDS,
  });
  if (!row) throw await whyNot(tx, where.tenantId_id, change);
  if (!change.onlyOnce || row.publishedAt) return row;
  return tx.content.update({ where: { tenantId_id: key }, data: change.onlyOnce, select: CONTENT_FIELDS });
}

/** The row is not there, is in the wrong state, or has moved on. */
async function whyNot(
  tx: TenantTransaction,
  key: { tenantId: string; id: string },
  { where }: Change,
): Promise<PolygraphError> {
  const row = await tx.content.findUnique({ where: { tenantId_id: key }, select: { revision: true, deletedAt: true } });
  if (!row || (row.deletedAt && where.deletedAt === null)) return notFound();
  if (!row.deletedAt && where.deletedAt !== null) {
    return new PolygraphError('CONFLICT', 'The document is not deleted, so there is nothing to restore.');
  }
  return new PolygraphError('CONFLICT', `The document has moved on; it is at revision ${row.revision}.`, {
    facts: { revision: row.revision },
  });
}

/** A change with the event that tells the other stores of it, in the transaction of both. */
export async function told(tx: TenantTransaction, content: ContentRow, event: OutboxEvent): Promise<Written> {
  const { id } = await appendOutbox(tx, event);
  return { content, position: id };
}

function conflictOf(error: unknown, slug?: string): unknown {
  if (violatedUnique(error) !== SLUG_INDEX) return error;
  const which = slug === undefined ? 'Another document has this slug' : `Another document has the slug "${slug}"`;
  return new PolygraphError('CONFLICT', `${which}; choose another or rename that one.`, { facts: { field: 'slug' } });
}

export const notFound = (): PolygraphError => new PolygraphError('NOT_FOUND', 'There is no such document.');
const SLUG_INDEX = 'contents_slug';
