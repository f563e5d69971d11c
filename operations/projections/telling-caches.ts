import { findPolygraphError } from '#platform/errors';
import type { OutboxEvent, ProjectionTarget } from '#stores/postgres/outbox';
import { thingsOf } from '#stores/redis/answers';
import type { Projection } from './projection.ts';

/**
 * A projection that tells the gateways' caches what it has changed, before the
 * event counts as delivered: one that dies in between delivers and tells again.
 * While Redis is away nobody is told; no gateway serves from its cache then.
 */
export function tellingCaches(projection: Projection): Projection {
  return {
    ...projection,
    async project(tenant, events) {
      await projection.project(tenant, events);
      const things = events.flatMap((event) => changedBy(event, projection.target));
      try {
        await tenant.stores.redis.answers.changed([...new Set(things)]);
      } catch (error) {
        if (findPolygraphError(error)?.code !== 'STORE_UNAVAILABLE') throw error;
      }
    },
  };
}

function changedBy({ entity, entityId }: OutboxEvent, target: ProjectionTarget): readonly string[] {
  const own = thingsOf({ type: entity, id: entityId });
  // A document brings ideas along and takes others away: which ones, only the graph knows.
  return target === 'GRAPH' ? [...own, ...IDEAS.flatMap((type) => thingsOf({ type }))] : own;
}

const IDEAS = ['Topic', 'Keyword', 'Concept', 'Audience', 'Competitor'];
