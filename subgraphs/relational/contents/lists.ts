import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { TenantPostgres, TenantReads } from '#stores/postgres/index';
import { buildConnection, createCursor, pageSize } from '../../runtime/connection.ts';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { ContentSort, QueryContentsArgs, UserContentsArgs } from '../generated/resolvers.ts';
import type { ContentConnectionModel } from '../models.ts';
import { CONTENT_FIELDS, type ContentRow } from './rows.ts';

/** Documents of the tenant: one statement a page, one more where the total is asked for. */
export async function listContents(
  { first, after, filter, sort }: QueryContentsArgs,
  { prisma }: TenantPostgres,
): Promise<ContentConnectionModel> {
  const size = pageSize(first);
  const order = ORDERS[sort ?? 'PUBLISHED_NEWEST'];
  const place = order.cursor.decode(after);
  const where = whereOf(filter ?? {});
  const rows = await prisma.content.findMany({
    where: place ? { AND: [where, order.after(place)] } : where,
    orderBy: order.by,
    take: size + 1,
    select: CONTENT_FIELDS,
  });
  return {
    ...buildConnection({ rows, size, after, cursorOf: (row) => order.cursor.encode(order.keyOf(row)) }),
    totalCount: () => prisma.content.count({ where }),
  };
}

/** What a person wrote, newest first, through the loader: a list of people costs one statement. */
export async function listContentsOfAuthor(
  authorId: string,
  { first, after }: UserContentsArgs,
  { loaders }: Context,
): Promise<ContentConnectionModel> {
  const size = pageSize(first);
  const place = AUTHOR_CURSOR.decode(after);
  const rows = await loaders.contentsByAuthor.load({
    parentId: authorId,
    args: { take: size + 1, after: place && { order: place[0], id: place[1] } },
  });
  return {
    ...buildConnection({ rows, size, after, cursorOf: (row) => AUTHOR_CURSOR.encode([newestOf(row), row.id]) }),
    totalCount: () => loaders.contentCountByAuthor.load(authorId),
  };
}

type Where = NonNullable<NonNullable<Parameters<TenantReads['content']['findMany']>[0]>['where']>;
type OrderBy = NonNullable<NonNullable<Parameters<TenantReads['content']['findMany']>[0]>['orderBy']>;
type Key = readonly [value: string, id: string];

function whereOf(filter: NonNullable<QueryContentsArgs['filter']>): Where {
  const { status, authorId, tags, titleContains, publishedAfter, publishedBefore } = filter;
  if (titleContains && titleContains.length > 300) {
    throw new PolygraphError('BAD_USER_INPUT', '`titleContains` has at most 300 characters.');
  }
  if (tags && tags.length > 20) throw new PolygraphError('BAD_USER_INPUT', '`tags` names at most 20 tags.');
  return {
    deletedAt: null,
    ...(status ? { status } : {}),
    ...(typeof authorId === 'string' ? { authorId: isUuid(authorId) ? authorId : { in: [] } } : {}),
    ...(tags?.length ? { tags: { hasEvery: [...tags] } } : {}),
    ...(titleContains ? { title: { contains: titleContains, mode: 'insensitive' as const } } : {}),
    ...(publishedAfter || publishedBefore
      ? {
          publishedAt: {
            ...(publishedAfter && { gt: publishedAfter }),
            ...(publishedBefore && { lt: publishedBefore }),
          },
        }
      : {}),
  };
}

const dateKey = z.tuple([z.iso.datetime(), z.uuid()]);
const titleKey = z.tuple([z.string().max(600), z.uuid()]);

/** The first condition bounds the index scan, the second is exact. */
const ORDERS: Record<
  ContentSort,
  {
    by: OrderBy;
    cursor: ReturnType<typeof createCursor<Key>>;
    keyOf: (row: ContentRow) => Key;
    after: (key: Key) => Where;
  }
> = {
  PUBLISHED_NEWEST: {
    by: [{ newestOrder: 'desc' }, { id: 'desc' }],
    cursor: createCursor<Key>('contents.newest', dateKey),
    keyOf: (row) => [newestOf(row), row.id],
    after: ([at, id]) => ({ newestOrder: { lte: at }, OR: [{ newestOrder: { lt: at } }, { id: { lt: id } }] }),
  },
  PUBLISHED_OLDEST: {
    by: [{ oldestOrder: 'asc' }, { id: 'asc' }],
    cursor: createCursor<Key>('contents.oldest', dateKey),
    keyOf: (row) => [row.publishedAt?.toISOString() ?? '9999-01-01T00:00:00.000Z', row.id],
    after: ([at, id]) => ({ oldestOrder: { gte: at }, OR: [{ oldestOrder: { gt: at } }, { id: { gt: id } }] }),
  },
  UPDATED_NEWEST: {
    by: [{ updatedAt: 'desc' }, { id: 'desc' }],
    cursor: createCursor<Key>('contents.updated', dateKey),
    keyOf: (row) => [row.updatedAt.toISOString(), row.id],
    after: ([at, id]) => ({ updatedAt: { lte: at }, OR: [{ updatedAt: { lt: at } }, { id: { lt: id } }] }),
  },
  TITLE_A_TO_Z: {
    by: [{ titleOrder: 'asc' }, { id: 'asc' }],
    cursor: createCursor<Key>('contents.title', titleKey),
    keyOf: (row) => [row.titleOrder, row.id],
    after: ([title, id]) => ({ titleOrder: { gte: title }, OR: [{ titleOrder: { gt: title } }, { id: { gt: id } }] }),
  },
};
const AUTHOR_CURSOR = createCursor<Key>('contents.author', dateKey);

/** As the generated column newest_order. */
const newestOf = ({ publishedAt }: ContentRow): string => publishedAt?.toISOString() ?? '0001-01-01T00:00:00.000Z';
