import { createHash } from 'node:crypto';
import { sanitizeMarkdown } from '#platform/sanitize';
import type { Postgres, TenantTransaction } from '#stores/postgres/index';
import { appendOutboxAll } from '#stores/postgres/outbox';
import type { TenantContext } from '#tenancy/context';
import { contentSaved } from './events.ts';
import { CONTENT_FIELDS, type ContentRow } from './rows.ts';

/** A document with an id that is always the same for the same source. */
export interface ImportedContent {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly summary: string | null;
  /** Markdown, at most CONTENT_BODY_LIMIT bytes. */
  readonly body: string;
  readonly tags: readonly string[];
  readonly licence: string | null;
  readonly source: string | null;
  readonly authorId: string | null;
  readonly status: 'DRAFT' | 'PUBLISHED' | 'ARCHIVED';
  readonly publishedAt?: Date;
  readonly topics: readonly { readonly name: string; readonly relevance: number }[];
  readonly keywords: readonly string[];
  readonly dependencies: readonly string[];
}

/**
 * Takes a batch of documents in one transaction, events and audit included.
 * What is there with the same hash is left alone, and so is what a person has
 * deleted since; a slug that another document holds is told apart by the id.
 */
export async function importContents(
  postgres: Postgres,
  tenant: TenantContext,
  documents: readonly ImportedContent[],
): Promise<{ created: number; updated: number; unchanged: number }> {
  const given = documents.map((document) => ({ document, hash: hashOf(document) }));
  return postgres.forTenant(tenant).transaction(
    async (tx) => {
      const known = await readKnown(tx, documents);
      const changed = given.filter(({ document, hash }) => {
        const row = known.byId.get(document.id);
        return !row || (row.importHash !== hash && !row.deletedAt);
      });
      const isNew = ({ document }: Given): boolean => !known.byId.has(document.id);
      const created = await insertRows(tx, tenant.tenantId, changed.filter(isNew), known.idBySlug);
      const saved: Saved[] = [];
      for (const { document, hash } of changed) {
        const row = created.get(document.id) ?? (await updateRow(tx, tenant.tenantId, document, hash));
        saved.push({ row, document, body: sanitizeMarkdown(document.body) });
      }
      await appendOutboxAll(
        tx,
        saved.map(({ row, document, body }) => contentSaved(row, { ...document, body })),
      );
      const updated = saved.length - created.size;
      return { created: created.size, updated, unchanged: documents.length - saved.length };
    },
    { action: 'content.import', timeoutMs: 60_000 },
  );
}

interface Given {
  readonly document: ImportedContent;
  readonly hash: string;
}

interface Saved {
  readonly document: ImportedContent;
  readonly row: ContentRow;
  readonly body: string;
}

interface Known {
  readonly byId: ReadonlyMap<string, { importHash: string | null; deletedAt: Date | null }>;
  readonly idBySlug: Map<string, string>;
}

/** Rows with these ids, locked until the end: two imports of the same batch wait for each other. */
async function readKnown(tx: TenantTransaction, documents: readonly ImportedContent[]): Promise<Known> {
  const ids = documents.map(({ id }) => id);
  const slugs = documents.map(({ slug }) => slug);
  const rows = await tx.$queryRaw<
    { id: string; slug: string; importHash: string | null; deletedAt: Date | null }[]
  >`SELECT id, slug, import_hash AS "importHash", deleted_at AS "deletedAt" FROM contents
    WHERE id = ANY (${ids}::uuid[]) OR (slug = ANY (${slugs}::text[]) AND deleted_at IS NULL)
    ORDER BY id FOR UPDATE`;
  return {
    byId: new Map(rows.filter(({ id }) => ids.includes(id)).map((row) => [row.id, row])),
    idBySlug: new Map(rows.filter(({ deletedAt }) => !deletedAt).map(({ slug, id }) => [slug, id])),
  };
}

/** All in one statement. @returns the rows by id */
async function insertRows(
  tx: TenantTransaction,
  tenantId: string,
  given: readonly Given[],
  idBySlug: Map<string, string>,
): Promise<Map<string, ContentRow>> {
  const data = given.map(({ document, hash }) => {
    const { id } = document;
    const slug = idBySlug.has(document.slug) ? `${document.slug.slice(0, 110)}-${id.slice(0, 8)}` : document.slug;
    idBySlug.set(slug, id);
    return { tenantId, id, slug, importHash: hash, authorId: document.authorId, ...dataOf(document) };
  });
  const rows = await tx.content.createManyAndReturn({ data, select: CONTENT_FIELDS });
  return new Map(rows.map((row) => [row.id, row]));
}

function updateRow(
  tx: TenantTransaction,
  tenantId: string,
  document: ImportedContent,
  importHash: string,
): Promise<ContentRow> {
  return tx.content.update({
    where: { tenantId_id: { tenantId, id: document.id } },
    data: { ...dataOf(document), importHash, revision: { increment: 1 }, updatedAt: new Date() },
    select: CONTENT_FIELDS,
  });
}

function dataOf({ title, summary, tags, licence, source, status, publishedAt }: ImportedContent) {
  return {
    ...{ status, licence: licence?.slice(0, 200) ?? null, source: source?.slice(0, 500) ?? null },
    title: title.slice(0, 300),
    summary: summary?.slice(0, 2_000) ?? null,
    tags: tags.slice(0, 20),
    publishedAt: status === 'PUBLISHED' ? (publishedAt ?? new Date()) : null,
  };
}

function hashOf(document: ImportedContent): string {
  const fields = Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
