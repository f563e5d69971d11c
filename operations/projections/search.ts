import type { SearchIndex } from '#stores/postgres/outbox/search-index';
import type { Projection } from './projection.ts';

/** Makes titles, summaries and bodies findable by full text. */
export function createSearchProjection(index: SearchIndex): Projection {
  return {
    target: 'SEARCH',
    batchSize: 20,
    async project({ context }, events) {
      const changes = events.map(({ kind, payload }) =>
        kind === 'content.deleted'
          ? { contentId: payload.contentId, revision: payload.revision, deleted: true as const }
          : {
              contentId: payload.contentId,
              revision: payload.revision,
              title: payload.title,
              summary: payload.summary ?? '',
              body: payload.body,
            },
      );
      await index.forTenant(context).apply(changes);
    },
  };
}
