import DataLoader from 'dataloader';
import { freshnessOfEntities, freshnessOfTenant, type ProjectionFreshness } from '#stores/postgres/outbox/freshness';
import type { TenantStores } from '#stores/stores';

export interface Loaders {
  readonly entityFreshness: DataLoader<string, ProjectionFreshness[]>;
  /** Read once a request, however many fields ask. */
  readonly tenantFreshness: () => Promise<ProjectionFreshness[]>;
}

export function createLoaders({ postgres }: TenantStores): Loaders {
  let ofTenant: Promise<ProjectionFreshness[]> | undefined;
  return {
    entityFreshness: new DataLoader((ids) => freshnessOfEntities(postgres, ids)),
    tenantFreshness() {
      ofTenant ??= freshnessOfTenant(postgres);
      return ofTenant;
    },
  };
}
