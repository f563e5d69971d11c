import { ATTACHMENT_FIELDS, type Attachment } from '#stores/mongo/attachments';
import { type Documents, eq, first as firstOf, oneOf, type TenantMongo } from '#stores/mongo/index';
import { createBatchLoader } from './batch.ts';

export interface AttachmentsLoader {
  /** The complete files of a document, newest first. */
  load(id: string, first: number): Promise<readonly Attachment[]>;
}

export function createAttachmentsLoader(mongo: TenantMongo): AttachmentsLoader {
  const loader = createBatchLoader<{ id: string; first: number }, readonly Attachment[], readonly Attachment[]>({
    keyOf: ({ id, first }) => `${id}/${first}`,
    async load(ids, asks) {
      const most = Math.max(...asks.map(({ first }) => first));
      const newestFirst = [
        ['uploadDate', -1],
        ['id', -1],
      ] as const;
      const rows = await mongo.collection('fs.files').group({
        where: { contentId: oneOf(ids), state: eq('STORED') },
        by: ['contentId'],
        compute: { newest: firstOf<Documents['fs.files'], keyof Attachment>(most, newestFirst, ATTACHMENT_FIELDS) },
        limit: ids.length,
      });
      return new Map(rows.map(({ contentId, newest }) => [contentId, newest]));
    },
    pick: (rows = [], { first }) => rows.slice(0, first),
  });
  return { load: (id, first) => loader.load({ id, first }) };
}
