import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Logger } from '#platform/log';
import { parseSubgraphSdl } from '#schema/subgraphs';
import type { TenantStores } from '#stores/stores';
import type { VerifyAssertion } from '#tenancy/assertion/verify';
import type { TenantContext } from '#tenancy/context';
import { createSubgraphHost, type SubgraphHost } from '../runtime/host.ts';
import { readShape } from './contract/shape.ts';
import { createTranslator } from './contract/translate.ts';
import { createEngine, generateEngine } from './engine.ts';
import { createLoaders } from './loaders.ts';
import { promisedResolvers, referenceResolvers } from './promised.ts';
import { ownResolvers } from './resolvers.ts';

export interface KnowledgeSubgraphOptions {
  verify: VerifyAssertion;
  openStores: (tenant: TenantContext) => TenantStores;
  log: Logger;
}

/** Topics, keywords and how documents hang together: @neo4j/graphql behind a contract of our own. */
export async function createKnowledgeSubgraph({
  verify,
  openStores,
  log,
}: KnowledgeSubgraphOptions): Promise<SubgraphHost> {
  const generated = await generateEngine();
  const shape = readShape(generated);
  const translator = createTranslator(shape);
  const run = createEngine(generated);
  return createSubgraphHost({
    name: 'knowledge',
    schema: buildSubgraphSchema({
      typeDefs: parseSubgraphSdl('knowledge'),
      resolvers: merge(promisedResolvers(shape, translator, run), referenceResolvers(), ownResolvers),
    }),
    verify,
    openStores,
    createLoaders: (_tenant, { neo4j }) => createLoaders(neo4j, run, translator),
    log,
  });
}

type Module = Extract<Parameters<typeof buildSubgraphSchema>[0], { resolvers?: unknown }>;
type ResolverMap = NonNullable<Module['resolvers']>;

/** Several halves of one type, put together. */
function merge(...maps: readonly object[]): ResolverMap {
  const merged: Record<string, object> = {};
  for (const [type, fields] of maps.flatMap((map): [string, object][] => Object.entries(map))) {
    merged[type] = { ...merged[type], ...fields };
  }
  return merged as ResolverMap;
}
