import { createHash } from 'node:crypto';
import { eq, oneOf, type TenantMongo } from '#stores/mongo/index';
import type { Holding } from './holding.ts';

/**
 * Bodies in MongoDB. The body itself is hashed, not the hash believed that lies beside it. Versions are MongoDB's own:
 * where they are lost, the newest body becomes version 1.
 */
export function holdDocuments(mongo: TenantMongo): Holding {
  const documents = mongo.collection('content_documents');
  return {
    target: 'DOCUMENTS',
    async read(ids) {
      const rows = await documents.find({ contentId: oneOf(ids) }, { fields: FIELDS, limit: ids.length });
      return new Map(
        rows.map(({ contentId, revision, title, deletedAt, body, bodyHash }) => [
          contentId,
          {
            revision,
            matches: ({ saved: { payload }, deleted }) =>
              title === payload.title &&
              (deletedAt !== undefined) === (deleted !== undefined) &&
              (payload.body === undefined || (body === payload.body && bodyHash === sha256(body))),
          },
        ]),
      );
    },
    async list(after, limit) {
      const options = { fields: ['contentId'] as const, sort: [['contentId', 1]] as const, limit };
      const rows = await documents.find({}, after === undefined ? options : { ...options, after: [after] });
      return rows.map(({ contentId }) => contentId);
    },
    forget: (id, revision) =>
      documents.updateOne(
        { contentId: eq(id), revision: eq(revision) },
        { set: { revision: 0, bodyRevision: 0, bodyHash: '' } },
      ),
    async remove(ids) {
      await mongo.transaction(async (tx) => {
        await tx.collection('content_documents').deleteMany({ contentId: oneOf(ids) });
        await tx.collection('content_versions').deleteMany({ contentId: oneOf(ids) });
      });
    },
  };
}

const FIELDS = ['contentId', 'revision', 'title', 'deletedAt', 'body', 'bodyHash'] as const;
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
