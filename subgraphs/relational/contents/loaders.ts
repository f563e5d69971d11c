import DataLoader from 'dataloader';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { onlyUuids } from '../../runtime/ids.ts';
import { groupBy } from '../group.ts';
import { CONTENT_COLUMNS, CONTENT_FIELDS, type ContentRow } from './rows.ts';

/** Documents by id, without the deleted: one statement however many. */
export function createContentLoader({ prisma }: TenantPostgres): DataLoader<string, ContentRow | null> {
  return new DataLoader(async (ids) => {
    const rows = await prisma.content.findMany({
      where: { id: { in: onlyUuids(ids) }, deletedAt: null },
      select: CONTENT_FIELDS,
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
}

/** A page of what each of many authors wrote. `after` is the same for all: it is an argument of one field. */
export interface AuthorPage {
  readonly authorId: string;
  /** How many rows, the one too many included. */
  readonly take: number;
  readonly after: { readonly order: string; readonly id: string } | undefined;
}

/** Newest first; one statement for all authors of a level. */
export function createAuthorPageLoader({ sql }: TenantPostgres): DataLoader<AuthorPage, ContentRow[], string> {
  const loadAlike = async (pages: readonly AuthorPage[], { take, after }: AuthorPage): Promise<ContentRow[]> => {
    const place = after
      ? fragment`AND (newest_order, id) < (${after.order}::timestamptz, ${after.id}::uuid)`
      : fragment``;
    return sql<ContentRow>`
      SELECT ${CONTENT_COLUMNS} FROM unnest(${pages.map((page) => page.authorId)}::uuid[]) AS author(id)
      CROSS JOIN LATERAL (
        SELECT * FROM contents WHERE author_id = author.id AND deleted_at IS NULL ${place}
        ORDER BY newest_order DESC, id DESC LIMIT ${take}
      ) AS c
      ORDER BY c.author_id, c.newest_order DESC, c.id DESC`;
  };
  return new DataLoader(
    async (pages) => {
      const alike = groupBy(pages, shapeOf);
      const found = await Promise.all(
        [...alike].map(async ([shape, group]) => {
          const rows = group[0] ? await loadAlike(group, group[0]) : [];
          return [shape, groupBy(rows, (row) => row.authorId)] as const;
        }),
      );
      const byShape = new Map(found);
      return pages.map((page) => byShape.get(shapeOf(page))?.get(page.authorId) ?? []);
    },
    { cacheKeyFn: (page) => `${page.authorId} ${shapeOf(page)}` },
  );
}

/** How many documents each author has. */
export function createAuthorCountLoader({ prisma }: TenantPostgres): DataLoader<string, number> {
  return new DataLoader(async (authorIds) => {
    const groups = await prisma.content.groupBy({
      by: ['authorId'],
      where: { authorId: { in: onlyUuids(authorIds) }, deletedAt: null },
      _count: true,
    });
    const counts = new Map(groups.map((group) => [group.authorId, group._count]));
    return authorIds.map((id) => counts.get(id) ?? 0);
  });
}

const shapeOf = ({ take, after }: AuthorPage): string => `${take} ${after?.order} ${after?.id}`;
