import type { Resolvers } from '../../generated/resolvers.ts';
import { DELTA_UNITS, EPSILON_UNITS, readBudgets, setBudget } from './budgets.ts';
import { contribute } from './contribute.ts';
import { findSession } from './lookup.ts';
import { joinSession, leaveSession } from './participants.ts';
import { fromGrid } from './privacy/grid.ts';
import { cancelSession, createSession, endRound, listSessions, startSession } from './sessions.ts';

export const federatedResolvers: Resolvers = {
  Query: {
    federatedSessions: (_, args, context) => listSessions(context, args),
    federatedSession: async (_, { id }, { stores }) => (await findSession(stores.postgres.registry.read, id)) ?? null,
    privacyBudgets: (_, __, { stores }) => readBudgets(stores.postgres.registry.read),
  },
  Mutation: {
    createFederatedSession: (_, { input }, context) => createSession(context, input),
    joinFederatedSession: (_, args, context) => joinSession(context, args),
    leaveFederatedSession: (_, { id }, context) => leaveSession(context, id),
    startFederatedSession: (_, { id }, context) => startSession(context, id),
    contributeToFederatedSession: (_, { input }, context) => contribute(context, input),
    endFederatedRound: (_, { id, round }, context) => endRound(context, id, round),
    cancelFederatedSession: (_, { id }, context) => cancelSession(context, id),
    setPrivacyBudget: (_, args, context) => setBudget(context, args),
  },
  FederatedSession: {
    isHost: ({ hostId }, _, { tenant }) => hostId === tenant.tenantId,
    epsilonPerRound: ({ epsilonMicros }) => epsilonMicros / EPSILON_UNITS,
    deltaPerRound: ({ deltaPicos }) => deltaPicos / DELTA_UNITS,
    rounds: ({ id }, _, { loaders }) => loaders.federatedRounds.load(id),
  },
  FederatedParticipation: {
    context: ({ contextId }, _, { loaders }) => loaders.executionContext.load(contextId),
    joinedAt: ({ joinedAt }) => new Date(joinedAt),
  },
  FederatedContribution: {
    values: ({ steps, bound }) => steps?.map((step) => fromGrid(BigInt(step), bound)) ?? null,
    contributedAt: ({ contributedAt }) => new Date(contributedAt),
  },
};
