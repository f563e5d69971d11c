import { createHash } from 'node:crypto';
import { PolygraphError } from '#platform/errors';
import { CONTENT_LIMITS_OF_TIER } from '#tenancy/limits';
import type { Documents } from './documents.ts';
import { eq, MAX_VALUES, oneOf, range } from './filter.ts';
import type { TenantMongo } from './index.ts';

type File = Documents['fs.files'];
export type Attachment = Omit<File, 'state' | 'chunkSize'>;

export const ATTACHMENT_FIELDS = [
  'id',
  'contentId',
  'filename',
  'contentType',
  'length',
  'uploadDate',
  'sha256',
  'uploadedBy',
] as const satisfies readonly (keyof Attachment)[];

/** Bytes of one chunk, as GridFS has it. */
export const CHUNK_BYTES = 261_120;
/** Bytes that are written or read in one go: whole chunks, so that none is ever changed. */
export const PART_BYTES = 4 * CHUNK_BYTES;

/** Begins a file that nobody sees before it is complete. */
export async function beginAttachment(
  mongo: TenantMongo,
  begun: Omit<Attachment, 'length' | 'sha256' | 'uploadDate'>,
): Promise<void> {
  const file = { ...begun, length: 0, sha256: '', uploadDate: new Date(), chunkSize: CHUNK_BYTES, state: 'UPLOADING' };
  await mongo.collection('fs.files').insertMany([file as File]);
}

/**
 * Adds bytes to the end of a file that is not complete: its length, what the tenant holds, and the chunks change
 * together or not at all.
 * @param offset where they begin; all parts but the last have PART_BYTES
 * @returns the length of the file
 * @throws PolygraphError CONFLICT where the file does not end there, REQUEST_TOO_LARGE, QUOTA_EXCEEDED
 */
export async function appendToAttachment(
  mongo: TenantMongo,
  id: string,
  offset: number,
  bytes: Uint8Array,
): Promise<number> {
  const length = offset + bytes.length;
  const { attachmentBytes } = CONTENT_LIMITS_OF_TIER[mongo.tier];
  if (length > attachmentBytes) throw tooLarge(attachmentBytes);
  await mongo.transaction(async (tx) => {
    const grown = await tx
      .collection('fs.files')
      .updateOne(
        { id: eq(id), state: eq('UPLOADING'), length: eq(offset) },
        { set: { length, uploadDate: new Date() } },
      );
    if (!grown || offset % CHUNK_BYTES !== 0) throw notThere();
    await holdMore(tx, bytes.length);
    const first = offset / CHUNK_BYTES;
    const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) => ({
      files_id: fileIdOf(tx, id),
      n: first + index,
      data: bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
    }));
    await tx.collection('fs.chunks').insertMany(chunks);
  });
  return length;
}

/**
 * Shows a file, once its bytes were read back and hashed.
 * @throws PolygraphError CONFLICT where it is not there, is complete, or is written to meanwhile; BAD_USER_INPUT for an empty one
 */
export async function completeAttachment(mongo: TenantMongo, id: string): Promise<Attachment> {
  const files = mongo.collection('fs.files');
  const file = await files.findOne({ id: eq(id), state: eq('UPLOADING') }, ATTACHMENT_FIELDS);
  if (!file) throw notThere();
  if (file.length === 0) throw new PolygraphError('BAD_USER_INPUT', 'The file is empty.');
  const hash = createHash('sha256');
  for (let offset = 0; offset < file.length; offset += PART_BYTES) hash.update(await readPart(mongo, id, offset));
  const done = { sha256: hash.digest('hex'), uploadDate: new Date() };
  const shown = await files.updateOne(
    { id: eq(id), state: eq('UPLOADING'), length: eq(file.length) },
    { set: { ...done, state: 'STORED' } },
  );
  if (!shown) throw notThere();
  return { ...file, ...done };
}

/** At most PART_BYTES of a file from an offset on, which is a multiple of PART_BYTES. Empty behind its end, or where there is none. */
export async function readPart(mongo: TenantMongo, id: string, offset: number): Promise<Buffer> {
  const first = Math.floor(offset / CHUNK_BYTES);
  const n = Array.from({ length: PART_BYTES / CHUNK_BYTES }, (_, index) => first + index);
  const chunks = await mongo
    .collection('fs.chunks')
    .find(
      { files_id: eq(fileIdOf(mongo, id)), n: oneOf(n) },
      { fields: ['n', 'data'], sort: [['n', 1]], limit: n.length },
    );
  return Buffer.concat(chunks.map(({ data }) => data));
}

/** Removes a file, complete or not, with its bytes, and gives back what it took. @returns whether there was one */
export async function removeAttachment(mongo: TenantMongo, id: string): Promise<boolean> {
  return mongo.transaction(async (tx) => {
    const file = await tx.collection('fs.files').findOne({ id: eq(id) }, ['length']);
    if (!file) return false;
    await tx.collection('fs.chunks').deleteMany({ files_id: eq(fileIdOf(tx, id)) });
    await tx.collection('fs.files').deleteByKey([{ id }]);
    await addToStorage(tx, -file.length);
    return true;
  });
}

/** Removes at most `limit` files that were begun and not written to since. @returns how many */
export async function removeUnfinished(mongo: TenantMongo, since: Date, limit = 100): Promise<number> {
  const left = await mongo
    .collection('fs.files')
    .find({ state: eq('UPLOADING'), uploadDate: range({ lt: since }) }, { fields: ['id'], limit });
  for (const { id } of left) await removeAttachment(mongo, id);
  return left.length;
}

/** Removes at most `limit` files of documents that were deleted before. @returns how many */
export async function removeOfDeleted(mongo: TenantMongo, before: Date, limit = 100): Promise<number> {
  let removed = 0;
  const documents = mongo.collection('content_documents');
  const deleted = await documents.find(
    { deletedAt: range({ lt: before }) },
    { fields: ['contentId'], sort: [['deletedAt', -1]], limit: MAX_VALUES },
  );
  if (deleted.length === 0) return 0;
  const ofThese = { contentId: oneOf(deleted.map(({ contentId }) => contentId)) };
  for (const { id } of await mongo.collection('fs.files').find(ofThese, { fields: ['id'], limit })) {
    if (await removeAttachment(mongo, id)) removed += 1;
  }
  return removed;
}

/** What all files of the tenant take together. */
export async function heldBytes(mongo: TenantMongo): Promise<number> {
  return (await mongo.collection('attachment_storage').findOne({ name: eq(STORAGE) }, ['bytes']))?.bytes ?? 0;
}

const STORAGE = 'attachments';
/** The `_id` of a file, by which GridFS finds its chunks. */
const fileIdOf = ({ tenantId }: TenantMongo, id: string): string => `${tenantId}/${id}`;

async function holdMore(tx: TenantMongo, bytes: number): Promise<void> {
  await addToStorage(tx, bytes);
  const { attachmentsBytes: limit } = CONTENT_LIMITS_OF_TIER[tx.tier];
  const held = await heldBytes(tx);
  if (held <= limit) return;
  throw new PolygraphError('QUOTA_EXCEEDED', `The tenant may hold ${limit} bytes of attachments.`, {
    facts: { resource: 'attachmentsBytes', limit, used: held - bytes },
  });
}

async function addToStorage(tx: TenantMongo, bytes: number): Promise<void> {
  await tx.collection('attachment_storage').upsertMany([{ key: { name: STORAGE }, update: { inc: { bytes } } }]);
}

function tooLarge(limit: number): PolygraphError {
  return new PolygraphError('REQUEST_TOO_LARGE', `A file has at most ${limit} bytes.`, { facts: { limit } });
}

/** The same for a file of another tenant and one that never was. */
const notThere = (): PolygraphError =>
  new PolygraphError('CONFLICT', 'No upload with this id waits for bytes at this place; begin it anew.');
