import { createLexicalEmbedder, type Embedder } from '#platform/embedder';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { fusedSearch } from '../search/fused-search.ts';
import { searchContents } from '../search/search.ts';
import { ownTenant } from '../tenants/resolvers.ts';
import { createInAllStores } from './create-in-all-stores.ts';
import { checkCreate, checkUpdate } from './input.ts';
import { listContents } from './lists.ts';
import { restoreVersion } from './restore-version.ts';
import { CONTENT_FIELDS } from './rows.ts';
import { schedulePublication, unschedulePublication } from './schedule.ts';
import { type ContentWriter, createContentWriter } from './write.ts';

/** @param bodyLimit largest body of a document, in bytes of UTF-8 */
export function createContentResolvers(bodyLimit: number, embedder: Embedder = createLexicalEmbedder()): Resolvers {
  return {
    Query: {
      content: (_, { id }, { loaders }) => loaders.content.load(id),
      contentBySlug: (_, { slug }, { stores }) =>
        stores.postgres.prisma.content.findFirst({ where: { slug, deletedAt: null }, select: CONTENT_FIELDS }),
      contents: (_, args, { stores }) => listContents(args, stores.postgres),
      search: (_, args, context) => fusedSearch(args, context, embedder),
      searchContents: (_, args, { stores }) => searchContents(args, stores.postgres),
    },
    Mutation: {
      createContent: (_, { input }, context) => writer(context).create(checkCreate(input, bodyLimit)),
      createContentInAllStores: (_, args, context) => createInAllStores(args, context, bodyLimit),
      updateContent: (_, { id, input }, context) => writer(context).update(id, checkUpdate(input, bodyLimit)),
      publishContent: (_, { id }, context) => writer(context).publish(id),
      schedulePublication: (_, args, { stores, tenant }) => schedulePublication(stores.postgres, tenant, args),
      unschedulePublication: (_, { id }, { stores, tenant }) => unschedulePublication(stores.postgres, tenant, id),
      deleteContent: (_, { id }, context) => writer(context).delete(id),
      restoreContent: (_, { id }, context) => writer(context).restore(id),
      restoreVersion: (_, args, context) => restoreVersion(args, context, bodyLimit),
    },
    Content: {
      __resolveReference: ({ id }, { loaders }) => loaders.content.load(id),
      author: ({ authorId }, _, { loaders }) => (authorId === null ? null : loaders.user.load(authorId)),
      tenant: (_, __, context) => ownTenant(context),
      scheduledFor: ({ id, status }, _, { loaders }) =>
        status === 'SCHEDULED' ? loaders.publicationMoment.load(id) : null,
    },
    ContentConnection: { totalCount: ({ totalCount }) => totalCount() },
    ContentSearchConnection: { totalCount: ({ totalCount }) => totalCount() },
  };
}

const writer = ({ stores, tenant }: Context): ContentWriter => createContentWriter(stores.postgres, tenant);
