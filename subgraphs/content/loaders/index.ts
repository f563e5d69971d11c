import type { TenantMongo } from '#stores/mongo/index';
import { type AttachmentsLoader, createAttachmentsLoader } from './attachments.ts';
import { createDocumentLoader, type DocumentLoader } from './documents.ts';
import { createOptimizationsLoader, type OptimizationsLoader } from './optimizations.ts';
import { createPerformanceLoader, type PerformanceLoader } from './performance.ts';
import { createRecentEventsLoader, type RecentEventsLoader } from './recent-events.ts';
import { createVersionsLoader, type VersionsLoader } from './versions.ts';

/** Made for each request. Each sends one command for everything that is asked of it at one level, however many keys. */
export interface Loaders {
  readonly documents: DocumentLoader;
  readonly versions: VersionsLoader;
  readonly performance: PerformanceLoader;
  readonly attachments: AttachmentsLoader;
  readonly optimizations: OptimizationsLoader;
  readonly recentEvents: RecentEventsLoader;
}

export function createLoaders(mongo: TenantMongo, now: () => Date): Loaders {
  return {
    documents: createDocumentLoader(mongo),
    versions: createVersionsLoader(mongo),
    performance: createPerformanceLoader(mongo, now),
    attachments: createAttachmentsLoader(mongo),
    optimizations: createOptimizationsLoader(mongo),
    recentEvents: createRecentEventsLoader(mongo, now),
  };
}
