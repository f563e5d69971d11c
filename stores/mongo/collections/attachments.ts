import { collection } from '../spec.ts';

/**
 * Files in the format of GridFS, so that its tools read them. The driver's own
 * bucket is not used: its chunks are found by the id of their file alone, and
 * nothing here is asked for without its tenant.
 */
export const ATTACHMENT_COLLECTIONS = {
  'fs.files': collection({
    key: ['id'],
    fields: {
      id: { kind: 'uuid' },
      contentId: { kind: 'uuid' },
      filename: { kind: 'text' },
      contentType: { kind: 'text' },
      /** Bytes that have arrived. */
      length: { kind: 'int' },
      chunkSize: { kind: 'int' },
      uploadDate: { kind: 'date' },
      /** Lower-case hex; empty until all has arrived. */
      sha256: { kind: 'text' },
      state: { kind: 'uploadState' },
      /** Absent where an API key or a service uploaded it. */
      uploadedBy: { kind: 'uuid', optional: true },
    },
    indexes: [
      { fields: ['id'], unique: true },
      { fields: ['contentId', 'uploadDate', 'id'] },
      { fields: ['state', 'uploadDate'] },
    ],
  }),
  'fs.chunks': collection({
    key: ['files_id', 'n'],
    fields: {
      /** The `_id` of the file, as GridFS has it. */
      files_id: { kind: 'text' },
      /** From 0. */
      n: { kind: 'int' },
      data: { kind: 'bytes' },
    },
    indexes: [{ fields: ['files_id', 'n'], unique: true }],
  }),
  /** What the files of the tenant take together, changed in the transaction of each change. */
  attachment_storage: collection({
    key: ['name'],
    fields: { name: { kind: 'text' }, bytes: { kind: 'int' } },
    indexes: [{ fields: ['name'], unique: true }],
  }),
} as const;
