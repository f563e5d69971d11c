import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { ProjectionTarget } from '#stores/postgres/outbox';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import type { TenantSummary } from '#stores/postgres/provision';
import { dangerouslyActAsService } from '#tenancy/service';
import { createProjections } from '../projections/index.ts';
import { reconcile, type StoreReport } from '../reconcile/index.ts';
import { openBackstage } from './stores.ts';

export interface ReconcileTenantsOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly tenants: readonly TenantSummary[];
  readonly targets?: readonly ProjectionTarget[];
  readonly dryRun: boolean;
  /** Called for each tenant when it is done. */
  readonly onTenant?: (tenant: TenantSummary, reports: readonly StoreReport[]) => void;
}

/** Compares, and mends, one tenant after the other, with connections of its own. @throws as `reconcile` */
export async function reconcileTenants({ settings, log, tenants, onTenant, ...options }: ReconcileTenantsOptions) {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const stores = openBackstage(settings, log);
  const relayStore = openRelayStore({ url, secrets, log });
  const projections = createProjections(relayStore);
  try {
    const all: StoreReport[] = [];
    for (const tenant of tenants) {
      const context = dangerouslyActAsService(tenant.id, tenant.tier, 'reconcile', 'compares stores', log);
      const reports = await reconcile({
        tenant: { context, stores: stores.forTenant(context) },
        searchIndex: relayStore.searchIndex,
        projections,
        ...options,
      });
      onTenant?.(tenant, reports);
      all.push(...reports);
    }
    return all;
  } finally {
    await Promise.all([relayStore.close(), stores.close()]);
  }
}
