import type { Logger } from '#platform/log';
import { createRounds, type Rounds } from '#platform/rounds';
import type { Settings } from '#platform/settings';
import type { OnPrimary } from '#stores/postgres/pool';
import type { TenantSummary } from '#stores/postgres/provision';
import type { Stores } from '#stores/stores';
import { type PolicyName, policyValue } from '#tenancy/policy';
import { dangerouslyActAsService } from '#tenancy/service';
import { listTenants } from '../tenants.ts';
import { type CarePolicy, type CareReport, careForTenant } from './care.ts';

export interface UpkeepOptions {
  readonly settings: Settings;
  readonly stores: Pick<Stores, 'forTenant'>;
  readonly onPrimary?: OnPrimary;
  readonly log: Logger;
  readonly now?: () => Date;
}

/** Cares for each tenant, one after the other; one that cannot be cared for now holds up no other. */
export async function careForTenants(options: UpkeepOptions): Promise<ReadonlyMap<string, CareReport>> {
  const { settings, stores, onPrimary, log, now = () => new Date() } = options;
  const reports = new Map<string, CareReport>();
  for (const tenant of await listTenants(settings, log, 'retention goes through the tenants', onPrimary)) {
    const context = dangerouslyActAsService(tenant.id, tenant.tier, 'upkeep', 'applies retention', log);
    try {
      const policy = carePolicyOf(tenant, settings);
      reports.set(tenant.slug, await careForTenant(stores.forTenant(context), policy, now()));
    } catch (error) {
      log.warn({ err: error, tenant: tenant.id }, 'retention could not be applied; will be tried again');
    }
  }
  return reports;
}

/** Every ten minutes, where the relay runs. */
export function openUpkeep(options: UpkeepOptions): Rounds {
  const work = (): Promise<unknown> =>
    careForTenants(options).catch((error: unknown) =>
      options.log.warn({ err: error }, 'retention could not be applied'),
    );
  return createRounds(work, 600_000);
}

export function carePolicyOf(
  { tier, overrides }: TenantSummary,
  { NODE_ENV: environment, UPLOAD_TIMEOUT_MS: uploadMs }: Pick<Settings, 'NODE_ENV' | 'UPLOAD_TIMEOUT_MS'>,
): CarePolicy {
  const value = (name: PolicyName): number => policyValue(tier, overrides, environment, name);
  return {
    analyticsDays: value('retention.analyticsDays'),
    archiveDays: value('retention.archiveDays'),
    versions: value('retention.versions'),
    versionsDays: value('retention.versionsDays'),
    deletedFilesDays: value('retention.deletedFilesDays'),
    uploadMs,
  };
}
