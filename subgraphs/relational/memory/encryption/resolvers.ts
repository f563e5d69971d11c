import type { Embedder } from '#platform/embedder';
import type { Context } from '../../context.ts';
import type { Resolvers } from '../../generated/resolvers.ts';
import { alignSome } from './align.ts';
import { within } from './amiss.ts';
import { readContextId, readEncryption, setEncryption } from './settings.ts';

export function createEncryptionResolvers(embedder: Embedder): Resolvers {
  const stateOf = ({ stores }: Context, contextId?: string | null) =>
    readEncryption(stores.postgres, readContextId(contextId));
  return {
    Query: {
      memoryEncryption: (_, { contextId }, context) => stateOf(context, contextId),
    },
    Mutation: {
      async setMemoryEncryption(_, args, context) {
        const { tenant, stores, loaders } = context;
        const contextId = readContextId(args.contextId);
        // A process that cannot encrypt must not promise that it is done.
        if (args.enabled) await loaders.vault.keys.newest();
        await setEncryption(stores.postgres, tenant.tenantId, contextId, args);
        return stateOf(context, contextId);
      },
      async continueMemoryEncryption(_, { contextId }, context) {
        const { tenant, stores, loaders } = context;
        const where = within(readContextId(contextId));
        const { tenantId } = tenant;
        await alignSome({ tenantId, postgres: stores.postgres, vault: loaders.vault, embedder, where });
        return stateOf(context, contextId);
      },
      async rotateDataKey(_, __, context) {
        await context.loaders.vault.keys.rotate();
        return stateOf(context);
      },
    },
  };
}
