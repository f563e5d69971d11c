import { PolygraphError } from '#platform/errors';
import { listContentsOfAuthor } from '../contents/lists.ts';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { listUsers } from './lists.ts';
import type { TenantRow } from './rows.ts';

export const tenantResolvers: Resolvers = {
  Query: {
    tenant: (_, __, context) => ownTenant(context),
    viewer: (_, __, { tenant }) => ({
      kind: KINDS[tenant.principal.kind],
      id: tenant.principal.id,
      roles: tenant.roles,
      scopes: tenant.scopes,
    }),
    users: (_, args, { stores }) => listUsers(args, stores.postgres),
    user: (_, { id }, { loaders }) => loaders.user.load(id),
  },
  Viewer: {
    user: (_, __, { tenant, loaders }) =>
      tenant.principal.kind === 'user' ? loaders.user.load(tenant.principal.id) : null,
    tenant: (_, __, context) => ownTenant(context),
  },
  Tenant: {
    __resolveReference: ({ id }, { loaders }) => loaders.tenant.load(id),
    limits: ({ maxUsers, maxStorageGb, maxContents }) => ({ maxUsers, maxStorageGb, maxContents }),
    usage: async ({ id }, _, { loaders }) => {
      const usage = await loaders.usage.load(id);
      return { ...usage, storageBytes: Number(usage.storageBytes) };
    },
    memberCount: ({ id }, _, { loaders }) => loaders.memberCount.load(id),
    contentCount: ({ id }, _, { loaders }) => loaders.contentCount.load(id),
  },
  User: {
    __resolveReference: ({ id }, { loaders }) => loaders.user.load(id),
    contents: ({ id }, args, context) => listContentsOfAuthor(id, args, context),
  },
  UserConnection: { totalCount: ({ totalCount }) => totalCount() },
};

/** The assertion vouches for the tenant, so a row that is missing has just been removed. */
export async function ownTenant({ tenant, loaders }: Context): Promise<TenantRow> {
  const row = await loaders.tenant.load(tenant.tenantId);
  if (!row) throw new PolygraphError('TENANT_UNKNOWN', 'This tenant does not exist any more.');
  return row;
}

const KINDS = { user: 'USER', apiKey: 'API_KEY', service: 'SERVICE' } as const;
