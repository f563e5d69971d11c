import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { GraphQLJSON, GraphQLLocalDate, GraphQLSafeInt } from 'graphql-scalars';
import type { Logger } from '#platform/log';
import { parseSubgraphSdl } from '#schema/subgraphs';
import { createEventRecorder } from '#stores/mongo/recorder';
import type { TenantStores } from '#stores/stores';
import type { VerifyAssertion } from '#tenancy/assertion/verify';
import type { TenantContext } from '#tenancy/context';
import { createSubgraphHost, type SubgraphHost } from '../runtime/host.ts';
import { DateTime } from '../runtime/scalars.ts';
import { attachmentResolvers } from './attachments/index.ts';
import { documentResolvers } from './documents.ts';
import { createEventResolvers } from './events/index.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { createLoaders } from './loaders/index.ts';
import { createOptimizationResolvers } from './optimizations/index.ts';
import { createUsageResolvers } from './usage/index.ts';

export interface ContentSubgraphOptions {
  verify: VerifyAssertion;
  openStores: (tenant: TenantContext) => TenantStores;
  log: Logger;
  now?: () => Date;
}

/** Bodies, versions and events, from MongoDB. */
export function createContentSubgraph({
  verify,
  openStores,
  log,
  now = () => new Date(),
}: ContentSubgraphOptions): SubgraphHost {
  const events = createEventResolvers(createEventRecorder(), now);
  const usage = createUsageResolvers(now);
  const optimizations = createOptimizationResolvers(now);
  const resolvers: Resolvers = {
    ...documentResolvers,
    ...events,
    ...usage,
    ...optimizations,
    ...attachmentResolvers,
    Query: { ...events.Query, ...usage.Query, ...attachmentResolvers.Query },
    Mutation: {
      ...events.Mutation,
      ...usage.Mutation,
      ...optimizations.Mutation,
      ...attachmentResolvers.Mutation,
    },
    DateTime,
    Date: GraphQLLocalDate,
    JSON: GraphQLJSON,
    SafeInt: GraphQLSafeInt,
  };
  const typeDefs = parseSubgraphSdl('content');
  return createSubgraphHost({
    name: 'content',
    schema: buildSubgraphSchema({ typeDefs, resolvers: resolvers as GraphQLResolverMap<unknown> }),
    verify,
    openStores,
    createLoaders: (_tenant, stores) => createLoaders(stores.mongo, now),
    log,
  });
}
