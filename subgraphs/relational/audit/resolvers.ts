import { isUuid } from '../../runtime/ids.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { listAudit } from './list.ts';

export const auditResolvers: Resolvers = {
  Query: {
    auditLog: (_, args, { stores }) => listAudit(args, stores.postgres),
  },
  AuditEntry: {
    user: ({ principalKind, principalId }, _, { loaders }) =>
      principalKind === 'user' && isUuid(principalId) ? loaders.user.load(principalId) : null,
  },
  AuditConnection: { totalCount: ({ totalCount }) => totalCount() },
};
