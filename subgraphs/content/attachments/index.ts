import { ATTACHMENT_FIELDS, type Attachment, PART_BYTES, readPart } from '#stores/mongo/attachments';
import { eq } from '#stores/mongo/index';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { wrongInput } from '../input.ts';
import { append, begin, complete, remove } from './write.ts';

/** Files that belong to documents. Those of a deleted document are there again when it is restored. */
export const attachmentResolvers = {
  Query: {
    attachment: async (_root, { id }, context) => (await findAttachment(id, context)) ?? null,
    async attachmentPart(_root, { id, offset }, context) {
      if (offset < 0 || offset % PART_BYTES !== 0) throw wrongInput(`\`offset\` is a multiple of ${PART_BYTES}.`);
      const attachment = await findAttachment(id, context);
      return attachment ? (await readPart(context.stores.mongo, attachment.id, offset)).toString('base64') : null;
    },
  },
  Mutation: {
    beginAttachment: (_root, { input }, context) => begin(input, context),
    appendToAttachment: (_root, args, context) => append(args, context),
    completeAttachment: (_root, { id }, context) => complete(id, context),
    deleteAttachment: (_root, { id }, context) => remove(id, context),
  },
  Attachment: {
    content: ({ contentId }) => ({ id: contentId }),
    bytes: ({ length }) => length,
    createdAt: ({ uploadDate }) => uploadDate,
    uploadedBy: ({ uploadedBy }) => (uploadedBy ? { id: uploadedBy } : null),
    path: ({ id }) => `/attachments/${id}`,
  },
} satisfies Resolvers;

async function findAttachment(id: string, { stores, loaders }: Context): Promise<Attachment | undefined> {
  if (!isUuid(id)) return undefined;
  const where = { id: eq(id.toLowerCase()), state: eq('STORED' as const) };
  const found = await stores.mongo.collection('fs.files').findOne(where, ATTACHMENT_FIELDS);
  if (!found) return undefined;
  return (await loaders.documents.load(found.contentId, 'versionCount')) === undefined ? undefined : found;
}
