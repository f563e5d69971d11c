import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import type { Logger } from '#platform/log';
import { parseSubgraphSdl } from '#schema/subgraphs';
import type { Maintenance } from '#stores/postgres/maintenance/index';
import type { TenantStores } from '#stores/stores';
import type { VerifyAssertion } from '#tenancy/assertion/verify';
import type { TenantContext } from '#tenancy/context';
import { createSubgraphHost, type SubgraphHost } from '../runtime/host.ts';
import { createLoaders } from './loaders.ts';
import { createMaintenanceResolvers } from './maintenance.ts';
import type { StoreModel } from './models.ts';
import { createResolvers } from './resolvers.ts';

export interface OperationsSubgraphOptions {
  verify: VerifyAssertion;
  openStores: (tenant: TenantContext) => TenantStores;
  /** What is known of the stores, without asking them. */
  health: { current(): readonly StoreModel[] };
  /** Where this process holds the keys of the tables' owner. */
  maintenance?: Maintenance | undefined;
  log: Logger;
}

/** How far projections lag, and whether the stores answer. */
export function createOperationsSubgraph(options: OperationsSubgraphOptions): SubgraphHost {
  const { verify, openStores, health, maintenance, log } = options;
  const resolvers = createResolvers(health, createMaintenanceResolvers(maintenance));
  const typeDefs = parseSubgraphSdl('operations');
  return createSubgraphHost({
    name: 'operations',
    schema: buildSubgraphSchema({ typeDefs, resolvers: resolvers as GraphQLResolverMap<unknown> }),
    verify,
    openStores,
    createLoaders: (_tenant, stores) => createLoaders(stores),
    log,
  });
}
