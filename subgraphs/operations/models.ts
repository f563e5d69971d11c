import type { DeadLetter } from '#stores/postgres/outbox/dead-letters';
import type { ProjectionFreshness } from '#stores/postgres/outbox/freshness';

export type FreshnessModel = ProjectionFreshness;
export type DeadLetterModel = DeadLetter;

/** What the health monitor last saw. */
export interface StoreModel {
  readonly name: 'POSTGRES' | 'MONGO' | 'NEO4J' | 'REDIS';
  readonly state: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'UNKNOWN';
  readonly latencyMs: number | null;
  readonly checkedAt: Date;
}

export interface ContentModel {
  readonly id: string;
}

export interface TenantModel {
  readonly id: string;
}
