import type DataLoader from 'dataloader';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { isForeignKeyViolation } from '#stores/postgres/errors';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { pageSize } from '../../runtime/connection.ts';
import { idOrNobody, isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { ItemInput, QueryItemsArgs, QuerySearchItemsArgs } from '../generated/resolvers.ts';
import { check, text } from '../input.ts';
import type { ItemConnectionModel, ItemHitModel } from '../models.ts';
import { createNewestFirst, sliceOf } from '../newest-first.ts';
import { createRowLoader } from '../row-loader.ts';
import { cleanHtml } from './html.ts';

export interface ItemRow {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly ownerId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const ITEM_FIELDS = {
  ...{ id: true, title: true, description: true, ownerId: true, createdAt: true, updatedAt: true },
} as const;

export function createItemLoader({ prisma }: TenantPostgres): DataLoader<string, ItemRow | null> {
  return createRowLoader((ids) =>
    prisma.item.findMany({ where: { id: { in: ids }, deletedAt: null }, select: ITEM_FIELDS }),
  );
}

export async function listItems(
  { ownerId, ...args }: QueryItemsArgs,
  { prisma }: TenantPostgres,
): Promise<ItemConnectionModel> {
  const owned = typeof ownerId === 'string' ? { ownerId: isUuid(ownerId) ? ownerId : { in: [] } } : {};
  const where = { deletedAt: null, ...owned };
  const connection = await NEWEST.page(args, (slice) => {
    const { beyond, ...page } = sliceOf(slice);
    return prisma.item.findMany({ where: { AND: [where, beyond] }, ...page, select: ITEM_FIELDS });
  });
  return { ...connection, totalCount: () => prisma.item.count({ where }) };
}

/** The page is cut before passages are highlighted. The words cannot be wrong: websearch_to_tsquery takes everything. */
export async function searchItems(
  { text: words, first }: QuerySearchItemsArgs,
  { sql }: TenantPostgres,
): Promise<ItemHitModel[]> {
  const size = pageSize(first);
  const query = fragment`websearch_to_tsquery('english', ${check(WORDS, { text: words }).text}::text)`;
  const rows = await sql<ItemRow & { score: number; highlight: string }>`
    SELECT id, title, description, owner_id AS "ownerId", created_at AS "createdAt", updated_at AS "updatedAt", score,
      ts_headline('english', concat_ws(' ', title, regexp_replace(description, '<[^>]*>', ' ', 'g')), ${query},
        'StartSel=«, StopSel=», MaxFragments=1, MaxWords=30, MinWords=10') AS highlight
    FROM (
      SELECT *, ts_rank_cd(document, ${query})::float8 AS score FROM items
      WHERE document @@ ${query} AND deleted_at IS NULL ORDER BY score DESC, id DESC LIMIT ${size}
    ) AS page ORDER BY score DESC, id DESC`;
  return rows.map(({ score, highlight, ...item }) => ({ item, score, highlight }));
}

export async function createItem({ tenant, stores }: Context, input: ItemInput): Promise<ItemRow> {
  const { ownerId, ...facts } = check(ITEM, input);
  const caller = tenant.principal.kind === 'user' ? tenant.principal.id : null;
  const data = { ...facts, tenantId: tenant.tenantId, ownerId: ownerId ?? caller };
  return ofMember(
    stores.postgres.transaction((tx) => tx.item.create({ data, select: ITEM_FIELDS }), { action: 'item.create' }),
  );
}

export async function updateItem({ stores }: Context, id: string, input: ItemInput): Promise<ItemRow> {
  const { ownerId, ...facts } = check(ITEM, input);
  const data = { ...facts, ...(ownerId === undefined ? {} : { ownerId }), updatedAt: new Date() };
  return ofMember(change(stores.postgres, id, data, 'item.update'));
}

export const deleteItem = ({ stores }: Context, id: string): Promise<ItemRow> =>
  change(stores.postgres, id, { deletedAt: new Date() }, 'item.delete');

type ItemData = Partial<Pick<ItemRow, 'title' | 'description' | 'ownerId' | 'updatedAt'>> & { deletedAt?: Date };

async function change(postgres: TenantPostgres, id: string, data: ItemData, action: string): Promise<ItemRow> {
  const where = { id: idOrNobody(id), deletedAt: null };
  const [row] = await postgres.transaction((tx) => tx.item.updateManyAndReturn({ where, data, select: ITEM_FIELDS }), {
    action,
  });
  if (!row) throw new PolygraphError('NOT_FOUND', 'There is no such item.');
  return row;
}

/** An owner of another tenant is refused like one that never was. */
function ofMember<T>(write: Promise<T>): Promise<T> {
  return write.catch((error: unknown) => {
    if (!isForeignKeyViolation(error)) throw error;
    throw new PolygraphError('BAD_USER_INPUT', '`ownerId` is no member of the tenant.', {
      facts: { field: 'ownerId' },
    });
  });
}

const WORDS = z.object({ text: text(500).pipe(z.string().min(1, 'is empty')) });
const ITEM = z.object({
  title: text(300).pipe(z.string().min(1, 'has at least 1 character')),
  description: text(20_000)
    .nullish()
    .transform((html) => cleanHtml(html ?? '')),
  ownerId: z
    .uuid('is no id of a member')
    .nullish()
    .transform((id) => id?.toLowerCase()),
});
const NEWEST = createNewestFirst('items.newest');
