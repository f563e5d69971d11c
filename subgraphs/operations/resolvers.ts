import { DateTime } from '../runtime/scalars.ts';
import { deadLetters, replay } from './dead-letters.ts';
import type { Resolvers } from './generated/resolvers.ts';
import type { StoreModel } from './models.ts';

export function createResolvers(health: { current(): readonly StoreModel[] }, maintenance: Resolvers): Resolvers {
  return {
    ...maintenance,
    Query: {
      ...maintenance.Query,
      freshness: (_root, _args, { loaders }) => loaders.tenantFreshness(),
      stores: () => health.current(),
      deadLetters: (_root, args, { stores }) => deadLetters(stores.postgres, args),
    },
    Mutation: {
      ...maintenance.Mutation,
      replayDeadLetters: (_root, args, { stores }) => replay(stores.postgres, args),
    },
    DeadLetter: {
      id: ({ eventId }) => eventId,
      content: ({ contentId }) => ({ id: contentId }),
      deletes: ({ kind }) => kind === 'content.deleted',
    },
    Content: {
      // An id that is not the tenant's has nothing that waits here, exactly as one that does not exist.
      __resolveReference: ({ id }) => ({ id }),
      freshness: ({ id }, _args, { loaders }) => loaders.entityFreshness.load(id),
    },
    Tenant: {
      ...maintenance.Tenant,
      __resolveReference: ({ id }, { tenant }) => (id === tenant.tenantId ? { id } : null),
      freshness: (_tenant, _args, { loaders }) => loaders.tenantFreshness(),
    },
    DateTime,
  };
}
