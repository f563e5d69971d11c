import type { SearchIndex } from '#stores/postgres/outbox/search-index';
import { createDocumentsProjection } from './documents.ts';
import { projectGraphBatch } from './graph.ts';
import type { Projection } from './projection.ts';
import { createSearchProjection } from './search.ts';

export type { Projection, ProjectionTenant } from './projection.ts';

/** The three projections of this version: MongoDB, Neo4j, and full text in PostgreSQL. */
export function createProjections({ searchIndex }: { searchIndex: SearchIndex }): readonly Projection[] {
  return [createDocumentsProjection(), createGraphProjection(), createSearchProjection(searchIndex)];
}

function createGraphProjection(): Projection {
  return {
    target: 'GRAPH',
    batchSize: 50,
    project: ({ stores }, events) => projectGraphBatch(stores.neo4j, events),
  };
}
