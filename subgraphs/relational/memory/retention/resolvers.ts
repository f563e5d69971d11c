import type { Resolvers } from '../../generated/resolvers.ts';
import { logMetric, readHealth, summarise } from './metrics.ts';
import { clearPolicy, listPolicies, setPolicy } from './policies.ts';
import { readHistory, readUsage } from './usage.ts';

export const retentionResolvers: Resolvers = {
  Query: {
    retentionPolicies: (_, __, { stores }) => listPolicies(stores.postgres),
    memoryUsage: (_, { contextId }, { stores }) => readUsage(stores.postgres, contextId),
    memoryHistory: (_, args, { stores }) => readHistory(stores.postgres, args),
    memoryHealth: (_, __, { stores }) => readHealth(stores.postgres),
    performanceSummary: (_, args, { stores }) => summarise(stores.postgres, args),
  },
  Mutation: {
    setRetentionPolicy: (_, { kind, days }, context) => setPolicy(context, kind, days),
    clearRetentionPolicy: (_, { kind }, context) => clearPolicy(context, kind),
    logPerformanceMetric: (_, { input }, context) => logMetric(context, input),
  },
  ContextUsage: {
    context: ({ contextId }, _, { loaders }) => loaders.executionContext.load(contextId),
  },
};
