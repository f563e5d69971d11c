import type { Resolvers } from '../generated/resolvers.ts';
import { decide } from './four-eyes.ts';
import { listApiKeys, listApprovals, listInvitations, listRoles } from './rows.ts';
import {
  changeMemberRole,
  defineRole,
  deleteRole,
  inviteMember,
  makeApiKey,
  removeMember,
  revokeApiKey,
  revokeInvitation,
  rotateApiKey,
} from './write.ts';

export const peopleResolvers: Resolvers = {
  Query: {
    roles: (_, __, { stores }) => listRoles(stores.postgres.registry.read),
    invitations: (_, __, { stores }) => listInvitations(stores.postgres.registry.read),
    apiKeys: (_, __, { stores }) => listApiKeys(stores.postgres.registry.read),
    approvals: (_, __, { stores }) => listApprovals(stores.postgres.registry.read),
  },
  Mutation: {
    defineRole: (_, args, context) => defineRole(context, args),
    deleteRole: (_, { name }, context) => deleteRole(context, name),
    inviteMember: (_, { input }, context) => inviteMember(context, input),
    revokeInvitation: (_, { id }, context) => revokeInvitation(context, id),
    changeMemberRole: (_, args, context) => changeMemberRole(context, args),
    removeMember: (_, { userId }, context) => removeMember(context, userId),
    createApiKey: (_, { input }, context) => makeApiKey(context, input),
    rotateApiKey: (_, args, context) => rotateApiKey(context, args),
    revokeApiKey: (_, { id }, context) => revokeApiKey(context, id),
    decideApproval: (_, { id, approve }, context) => decide(context, id, approve),
  },
  Approval: {
    requestedBy: ({ requestedById }, _, { loaders }) => loaders.user.load(requestedById),
    decidedBy: ({ decidedById }, _, { loaders }) => (decidedById === null ? null : loaders.user.load(decidedById)),
  },
};
