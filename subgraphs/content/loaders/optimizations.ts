import type { OptimizationStatus } from '#stores/mongo/documents';
import { eq, first as firstOf, oneOf, type TenantMongo } from '#stores/mongo/index';
import { OPTIMIZATION_FIELDS, type Optimization } from '#stores/mongo/optimizations';
import { createListLoader } from './batch.ts';

export interface OptimizationsLoader {
  /** What models suggested for a document, newest first. */
  load(id: string, first: number, status: OptimizationStatus | null): Promise<readonly Optimization[]>;
}

export function createOptimizationsLoader(mongo: TenantMongo): OptimizationsLoader {
  const loaders = new Map<OptimizationStatus | null, ReturnType<typeof createLoader>>();
  return {
    load(id, first, status) {
      const loader = loaders.get(status) ?? createLoader(mongo, status);
      loaders.set(status, loader);
      return loader.load(id, first);
    },
  };
}

function createLoader(mongo: TenantMongo, status: OptimizationStatus | null) {
  return createListLoader<Optimization>(async (ids, most) => {
    const rows = await mongo.collection('optimization_results').group({
      where: { contentId: oneOf(ids), ...(status ? { status: eq(status) } : {}) },
      by: ['contentId'],
      compute: { newest: firstOf<Optimization, keyof Optimization>(most, NEWEST_FIRST, OPTIMIZATION_FIELDS) },
      limit: ids.length,
    });
    return new Map(rows.map(({ contentId, newest }) => [contentId, newest]));
  });
}

const NEWEST_FIRST = [
  ['createdAt', -1],
  ['id', -1],
] as const;
