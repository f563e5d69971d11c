import type { ContentDeleted, ContentSaved } from '#stores/postgres/outbox';
import type { ContentRow } from './rows.ts';

/** What changed besides the row itself: told only where it did, because bodies are large. */
export interface Changed {
  readonly body?: string | undefined;
  readonly topics?: readonly { readonly name: string; readonly relevance: number }[] | undefined;
  readonly keywords?: readonly string[] | undefined;
  readonly dependencies?: readonly string[] | undefined;
}

export function contentSaved(row: ContentRow, { body, topics, keywords, dependencies }: Changed = {}): ContentSaved {
  const { id, revision, title, slug, summary, status, authorId, tags, licence, source, publishedAt } = row;
  return {
    kind: 'content.saved',
    entity: 'Content',
    entityId: id,
    payload: {
      ...{ contentId: id, revision, title, slug, summary, authorId, tags, licence, source },
      // To whoever reads, it is a draft until it is published.
      status: status === 'SCHEDULED' ? 'DRAFT' : status,
      publishedAt: publishedAt?.toISOString() ?? null,
      ...(body === undefined ? {} : { body }),
      ...(topics === undefined ? {} : { topics: topics.map((topic) => ({ ...topic })) }),
      ...(keywords === undefined ? {} : { keywords: [...keywords] }),
      ...(dependencies === undefined ? {} : { dependencies: [...dependencies] }),
    },
  };
}

export function contentDeleted({ id, revision }: ContentRow): ContentDeleted {
  return { kind: 'content.deleted', entity: 'Content', entityId: id, payload: { contentId: id, revision } };
}
