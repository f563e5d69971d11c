import DataLoader from 'dataloader';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { onlyUuids } from '../../runtime/ids.ts';
import { createListLoader, type ListOf } from '../list-loader.ts';
import { createRowLoader } from '../row-loader.ts';
import { CONTENT_COLUMNS, CONTENT_FIELDS, type ContentRow } from './rows.ts';

/** Without the deleted. */
export function createContentLoader({ prisma }: TenantPostgres): DataLoader<string, ContentRow | null> {
  return createRowLoader((ids) =>
    prisma.content.findMany({ where: { id: { in: ids }, deletedAt: null }, select: CONTENT_FIELDS }),
  );
}

/** Newest first; one statement for all authors of a level. */
export function createAuthorPageLoader({ sql }: TenantPostgres): DataLoader<ListOf<AuthorPage>, ContentRow[], string> {
  return createListLoader(
    (authorIds, { take, after }) => {
      const place = after
        ? fragment`AND (newest_order, id) < (${after.order}::timestamptz, ${after.id}::uuid)`
        : fragment``;
      return sql<ContentRow>`
        SELECT ${CONTENT_COLUMNS} FROM unnest(${authorIds}::uuid[]) AS author(id)
        CROSS JOIN LATERAL (
          SELECT * FROM contents WHERE author_id = author.id AND deleted_at IS NULL ${place}
          ORDER BY newest_order DESC, id DESC LIMIT ${take}
        ) AS c
        ORDER BY c.author_id, c.newest_order DESC, c.id DESC`;
    },
    (row) => row.authorId,
  );
}

/** A page of what each of many authors wrote. */
export interface AuthorPage {
  /** How many rows, the one too many included. */
  readonly take: number;
  readonly after: { readonly order: string; readonly id: string } | undefined;
}

/** When documents will be published; null for one that is not scheduled. */
export function createPublicationLoader({ sql }: TenantPostgres): DataLoader<string, Date | null> {
  return new DataLoader(async (ids) => {
    const rows = await sql<{ id: string; at: Date }>`
      SELECT content_id::text AS id, publish_at AS at FROM scheduled_publications
      WHERE content_id = ANY (${onlyUuids(ids)}::uuid[])`;
    const byId = new Map(rows.map(({ id, at }) => [id, at]));
    return ids.map((id) => byId.get(id) ?? null);
  });
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
