import type { Tier } from './tiers.ts';

/** What a tenant may hold. */
export interface TenantLimits {
  readonly maxUsers: number;
  readonly maxStorageGb: number;
  readonly maxContents: number;
}

/** What a tenant of a tier may hold where nothing else was agreed. */
export const LIMITS_OF_TIER: Readonly<Record<Tier, TenantLimits>> = {
  FREE: { maxUsers: 5, maxStorageGb: 1, maxContents: 1_000 },
  STANDARD: { maxUsers: 100, maxStorageGb: 100, maxContents: 100_000 },
  PREMIUM: { maxUsers: 1_000, maxStorageGb: 1_000, maxContents: 1_000_000 },
  ENTERPRISE: { maxUsers: 10_000, maxStorageGb: 10_000, maxContents: 10_000_000 },
};
