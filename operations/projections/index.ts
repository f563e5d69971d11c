import { createLexicalEmbedder, type Embedder } from '#platform/embedder';
import type { SearchIndex } from '#stores/postgres/outbox/search-index';
import { createDocumentsProjection } from './documents.ts';
import { projectGraphBatch } from './graph.ts';
import type { Projection } from './projection.ts';
import { createSearchProjection } from './search.ts';

export type { Projection, ProjectionTenant } from './projection.ts';

/** The three projections of this version: MongoDB, Neo4j, and full text in PostgreSQL. */
export function createProjections({
  searchIndex,
  embedder = createLexicalEmbedder(),
}: {
  searchIndex: SearchIndex;
  embedder?: Embedder;
}): readonly Projection[] {
  return [createDocumentsProjection(), createGraphProjection(), createSearchProjection(searchIndex, embedder)];
}

function createGraphProjection(): Projection {
  return {
    target: 'GRAPH',
    batchSize: 50,
    project: ({ stores }, events) => projectGraphBatch(stores.neo4j, events),
  };
}
