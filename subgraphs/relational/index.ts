import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars';
import type { Logger } from '#platform/log';
import type { SealingKeys } from '#platform/sealing';
import { parseSubgraphSdl } from '#schema/subgraphs';
import type { TenantStores } from '#stores/stores';
import type { VerifyAssertion } from '#tenancy/assertion/verify';
import type { TenantContext } from '#tenancy/context';
import type { Environment } from '#tenancy/policy';
import { createSubgraphHost, type SubgraphHost } from '../runtime/host.ts';
import { DateTime, Vector } from '../runtime/scalars.ts';
import { auditResolvers } from './audit/resolvers.ts';
import { createContentResolvers } from './contents/resolvers.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { itemResolvers } from './items/resolvers.ts';
import { createRelationalLoaders } from './loaders.ts';
import { createVault } from './memory/encryption/vault.ts';
import { createMemoryResolvers } from './memory/resolvers.ts';
import { mergeResolvers } from './merge.ts';
import { peopleResolvers } from './people/resolvers.ts';
import { createPolicyResolvers } from './policy/resolvers.ts';
import { tenantResolvers } from './tenants/resolvers.ts';

export interface RelationalOptions {
  verify: VerifyAssertion;
  openStores: (tenant: TenantContext) => TenantStores;
  log: Logger;
  /** `bodyLimit`: largest body of a document, in bytes of UTF-8 (CONTENT_BODY_LIMIT). */
  limits?: { bodyLimit: number };
  /** NODE_ENV. */
  environment?: Environment;
  /** Wraps the keys of encrypted memory; without them it can be neither written nor read. */
  sealing?: SealingKeys | undefined;
}

/** Tenants, people and the metadata of documents, from PostgreSQL. */
export function createRelationalSubgraph({
  verify,
  openStores,
  log,
  limits = { bodyLimit: 1_000_000 },
  environment = 'development',
  sealing,
}: RelationalOptions): SubgraphHost {
  const domains = mergeResolvers(
    tenantResolvers,
    createPolicyResolvers(environment),
    peopleResolvers,
    createContentResolvers(limits.bodyLimit),
    itemResolvers,
    auditResolvers,
    createMemoryResolvers({ environment }),
  );
  const resolvers: Resolvers = { ...domains, DateTime, Vector, JSON: GraphQLJSON, SafeInt: GraphQLSafeInt };
  return createSubgraphHost({
    name: 'relational',
    schema: buildSubgraphSchema({
      typeDefs: parseSubgraphSdl('relational'),
      resolvers: resolvers as GraphQLResolverMap<unknown>,
    }),
    verify,
    openStores,
    createLoaders: (tenant, { postgres }) => createRelationalLoaders(postgres, createVault(postgres, tenant, sealing)),
    log,
  });
}
