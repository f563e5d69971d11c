import { type Embedder, textOfDocument } from '#platform/embedder';
import type { ContentSaved } from '#stores/postgres/outbox';
import type { SearchIndex } from '#stores/postgres/outbox/search-index';
import type { Projection } from './projection.ts';

/**
 * Makes titles, summaries and bodies findable by full text, and by what they are near to. A change that brings no body
 * leaves the vector as it was: it was made of the body above all.
 */
export function createSearchProjection(index: SearchIndex, embedder: Embedder): Projection {
  return {
    target: 'SEARCH',
    batchSize: 20,
    async project({ context }, events) {
      const bodies = events.flatMap(({ kind, payload }) =>
        kind === 'content.saved' && payload.body !== undefined ? [payload] : [],
      );
      const embeddings = await embedder.embed(bodies.map(textOf));
      const vectors = new Map(
        bodies.map((payload, at) => [payload, { embedder: embedder.name, embedding: embeddings[at] ?? [] }]),
      );
      const changes = events.map(({ kind, payload }) =>
        kind === 'content.deleted'
          ? { contentId: payload.contentId, revision: payload.revision, deleted: true as const }
          : {
              contentId: payload.contentId,
              revision: payload.revision,
              title: payload.title,
              summary: payload.summary ?? '',
              body: payload.body,
              vector: vectors.get(payload),
            },
      );
      await index.forTenant(context).apply(changes);
    },
  };
}

const textOf = ({ title, summary, body }: ContentSaved['payload']): string =>
  textOfDocument(title, summary ?? '', body ?? '');
