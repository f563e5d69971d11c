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

/** What a tenant may hold in MongoDB, where only its tier is known. */
export interface ContentLimits {
  /** Events recorded in a day of UTC. */
  readonly eventsPerDay: number;
  /** Bytes of one file. */
  readonly attachmentBytes: number;
  /** Bytes of all files together. */
  readonly attachmentsBytes: number;
}

const MB = 1_000_000;

export const CONTENT_LIMITS_OF_TIER: Readonly<Record<Tier, ContentLimits>> = {
  FREE: { eventsPerDay: 100_000, attachmentBytes: 5 * MB, attachmentsBytes: 200 * MB },
  STANDARD: { eventsPerDay: 10_000_000, attachmentBytes: 25 * MB, attachmentsBytes: 20_000 * MB },
  PREMIUM: { eventsPerDay: 100_000_000, attachmentBytes: 50 * MB, attachmentsBytes: 200_000 * MB },
  ENTERPRISE: { eventsPerDay: 1_000_000_000, attachmentBytes: 100 * MB, attachmentsBytes: 2_000_000 * MB },
};

/** How large one offloaded text may be. */
export const MAX_CONTEXT_MB_OF_TIER: Readonly<Record<Tier, number>> = {
  FREE: 5,
  STANDARD: 50,
  PREMIUM: 200,
  ENTERPRISE: 1_000,
};
