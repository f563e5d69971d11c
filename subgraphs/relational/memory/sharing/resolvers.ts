import type { Resolvers } from '../../generated/resolvers.ts';
import { present } from '../changes.ts';
import { allowSharedUse, answerOffer, denySharedUse, listAccess, listOffers } from './offers.ts';
import { createSharingRule, endSharingRule, listSharingRules } from './rules.ts';
import { listSharedMemories, listSharedSources } from './shared.ts';

export const sharingResolvers: Resolvers = {
  Query: {
    sharingRules: (_, args, context) => listSharingRules(args, context),
    sharingOffers: (_, __, context) => listOffers(context),
    sharingAccess: (_, __, context) => listAccess(context),
    sharedWithMe: (_, { purpose }, context) => listSharedSources(purpose, context),
    sharedMemories: (_, args, context) => listSharedMemories(args, context),
  },
  Mutation: {
    createSharingRule: (_, { input }, context) => createSharingRule(context, input),
    endSharingRule: (_, { id }, context) => endSharingRule(context, id),
    answerSharingOffer: (_, args, context) => answerOffer(context, args),
    allowSharedUse: (_, args, context) => allowSharedUse(context, args),
    denySharedUse: (_, args, context) => denySharedUse(context, args),
  },
  SharingRule: {
    context: async ({ contextId }, _, { loaders }) => present(await loaders.executionContext.load(contextId)),
    memory: ({ memoryId }, _, { loaders }) => (memoryId === null ? null : loaders.memory.load(memoryId)),
  },
};
