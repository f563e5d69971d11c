import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import {
  appendToAttachment,
  beginAttachment,
  completeAttachment,
  PART_BYTES,
  removeAttachment,
} from '#stores/mongo/attachments';
import { eq } from '#stores/mongo/index';
import { CONTENT_LIMITS_OF_TIER } from '#tenancy/limits';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { BeginAttachmentInput, MutationAppendToAttachmentArgs } from '../generated/resolvers.ts';
import { CONTENT_ID, checkInput, wrongInput } from '../input.ts';
import { requireDocument } from '../require-document.ts';
import { cleanFilename } from './names.ts';
import { checkFirstBytes, checkType } from './types.ts';

export async function begin(input: BeginAttachmentInput, { tenant, stores, loaders }: Context) {
  const { contentId, filename: given } = checkInput(Begin, input);
  const contentType = checkType(input.contentType);
  const filename = cleanFilename(given);
  if (!filename) throw wrongInput('`filename` has nothing in it that can be the name of a file.');
  await requireDocument(loaders, contentId);
  const { kind, id: uploadedBy } = tenant.principal;
  const id = randomUUID();
  await beginAttachment(stores.mongo, {
    ...{ id, contentId, filename, contentType },
    ...(kind === 'user' ? { uploadedBy } : {}),
  });
  return { id, maxBytes: CONTENT_LIMITS_OF_TIER[tenant.tier].attachmentBytes, partBytes: PART_BYTES };
}

export async function append({ id, offset, data }: MutationAppendToAttachmentArgs, { stores: { mongo } }: Context) {
  if (!isUuid(id)) throw notFound();
  const bytes = decode(data);
  if (!Number.isInteger(offset) || offset < 0) throw wrongInput('`offset` is a whole number from 0.');
  if (offset === 0) {
    const file = await mongo.collection('fs.files').findOne({ id: eq(id.toLowerCase()) }, ['contentType']);
    if (!file) throw notFound();
    await checkFirstBytes(file.contentType, bytes);
  }
  return { length: await appendToAttachment(mongo, id.toLowerCase(), offset, bytes) };
}

export async function complete(id: string, { stores: { mongo } }: Context) {
  if (!isUuid(id)) throw notFound();
  return { attachment: await completeAttachment(mongo, id.toLowerCase()) };
}

export async function remove(id: string, { stores: { mongo } }: Context) {
  const deleted = isUuid(id) && (await removeAttachment(mongo, id.toLowerCase()));
  if (!deleted) throw notFound();
  return { deleted };
}

function decode(data: string): Buffer {
  const most = (PART_BYTES / 3) * 4;
  if (data.length === 0 || data.length > most) {
    throw new PolygraphError('LIMIT_EXCEEDED', `\`data\` has 1 to ${most} characters, which are ${PART_BYTES} bytes.`, {
      facts: { argument: 'data', limit: most, given: data.length },
    });
  }
  if (!BASE64.test(data) || data.length % 4 !== 0) throw wrongInput('`data` is base64, with its padding.');
  return Buffer.from(data, 'base64');
}

/** The same for another tenant's file and one that never was. */
const notFound = (): PolygraphError => new PolygraphError('NOT_FOUND', 'There is no such attachment.');

const Begin = z.object({ contentId: CONTENT_ID, filename: z.string().max(1_000, 'has at most 1,000 characters') });
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
