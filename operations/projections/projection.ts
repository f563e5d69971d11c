import type { OutboxEvent, ProjectionTarget } from '#stores/postgres/outbox';
import type { TenantStores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';

/** Brings one store up to date with what happened in PostgreSQL. */
export interface Projection {
  readonly target: ProjectionTarget;
  /** Events it takes at once. */
  readonly batchSize: number;
  /**
   * Applies events of one tenant, each of another entity. It may see an event again at any time, also
   * after newer ones, and then changes nothing: what it holds is compared by revision.
   * @throws PolygraphError STORE_UNAVAILABLE where the store is away; anything else counts against the event
   */
  project(tenant: ProjectionTenant, events: readonly OutboxEvent[]): Promise<void>;
}

/** The tenant whose events they are, as the relay acts in it. */
export interface ProjectionTenant {
  readonly context: TenantContext;
  readonly stores: TenantStores;
}
