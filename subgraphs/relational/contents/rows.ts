import { fragment } from '#stores/postgres/index';

/** A document as the API shows it: a row of `contents` without what serves order and import. */
export interface ContentRow {
  readonly id: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly title: string;
  readonly titleOrder: string;
  readonly summary: string | null;
  readonly status: 'DRAFT' | 'SCHEDULED' | 'PUBLISHED' | 'ARCHIVED';
  readonly tags: string[];
  readonly licence: string | null;
  readonly source: string | null;
  readonly authorId: string | null;
  readonly revision: number;
  readonly publishedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}

/** The same for Prisma's `select`. */
export const CONTENT_FIELDS = {
  id: true,
  tenantId: true,
  slug: true,
  title: true,
  titleOrder: true,
  summary: true,
  status: true,
  tags: true,
  licence: true,
  source: true,
  authorId: true,
  revision: true,
  publishedAt: true,
  createdAt: true,
  updatedAt: true,
  deletedAt: true,
} as const;

/** The same for `sql`, of a table or alias named `c`. */
export const CONTENT_COLUMNS = fragment`
  c.id, c.tenant_id AS "tenantId", c.slug, c.title, c.title_order AS "titleOrder", c.summary, c.status::text, c.tags, c.licence, c.source,
  c.author_id AS "authorId", c.revision, c.published_at AS "publishedAt", c.created_at AS "createdAt",
  c.updated_at AS "updatedAt", c.deleted_at AS "deletedAt"`;
