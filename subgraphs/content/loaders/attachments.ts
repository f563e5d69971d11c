import { ATTACHMENT_FIELDS, type Attachment } from '#stores/mongo/attachments';
import { type Documents, eq, first as firstOf, oneOf, type TenantMongo } from '#stores/mongo/index';
import { createListLoader } from './batch.ts';

export interface AttachmentsLoader {
  /** The complete files of a document, newest first. */
  load(id: string, first: number): Promise<readonly Attachment[]>;
}

export function createAttachmentsLoader(mongo: TenantMongo): AttachmentsLoader {
  return createListLoader<Attachment>(async (ids, most) => {
    const rows = await mongo.collection('fs.files').group({
      where: { contentId: oneOf(ids), state: eq('STORED') },
      by: ['contentId'],
      compute: { newest: firstOf<Documents['fs.files'], keyof Attachment>(most, NEWEST_FIRST, ATTACHMENT_FIELDS) },
      limit: ids.length,
    });
    return new Map(rows.map(({ contentId, newest }) => [contentId, newest]));
  });
}

const NEWEST_FIRST = [
  ['uploadDate', -1],
  ['id', -1],
] as const;
