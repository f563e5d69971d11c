import { type AnyBulkWriteOperation, type Db, MongoBulkWriteError } from 'mongodb';
import type { CollectionName } from '../documents.ts';
import type { StoredDocument } from '../filter.ts';
import type { CollectionReceipt } from '../places/record.ts';
import { isDuplicateKey } from '../unreachable.ts';
import type { Claim } from './claim.ts';
import { createChecksum, type HeldDocument, pairs, readDocuments } from './documents.ts';

export interface Carried {
  readonly from: CollectionReceipt;
  readonly to: CollectionReceipt;
  /** Documents that differed, and were carried or removed. */
  readonly changed: number;
}

/** Makes one collection of the tenant in `to` what it is in `from`. */
export async function carry(claim: Claim, from: Db, to: Db, collection: CollectionName): Promise<Carried> {
  const { tenantId } = claim;
  const sums = { from: createChecksum(), to: createChecksum() };
  const writer = createWriter(claim, to, collection);
  for await (const [left, right] of pairs(
    readDocuments(from, collection, tenantId),
    readDocuments(to, collection, tenantId),
  )) {
    if (left) sums.from.add(left);
    if (right) sums.to.add(right);
    if (left && !right) await writer.add(left);
    if (left && right && left.digest !== right.digest) await writer.replace(left);
    if (right && !left) await writer.remove(right);
  }
  await writer.flush();
  return {
    from: { collection, ...sums.from.done() },
    to: { collection, ...sums.to.done() },
    changed: writer.written(),
  };
}

/** Writes in batches, none of them after the claim has run out. */
export function createWriter(claim: Claim, db: Db, name: CollectionName) {
  const { tenantId } = claim;
  let batch: AnyBulkWriteOperation<StoredDocument>[] = [];
  let bytes = 0;
  let written = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const operations = batch;
    [batch, bytes] = [[], 0];
    written += operations.length;
    claim.assertHeld();
    try {
      await db.collection<StoredDocument>(name).bulkWrite(operations, { ordered: false });
    } catch (error) {
      // One that takes the place of another, by a unique index, finds it free in the next pass; one that has arrived
      // meanwhile is compared in it.
      if (!(error instanceof MongoBulkWriteError && isDuplicateKey(error))) throw error;
    }
  };
  const push = async (operation: AnyBulkWriteOperation<StoredDocument>, size: number): Promise<void> => {
    batch.push(operation);
    bytes += size;
    if (batch.length >= MOST_OPERATIONS || bytes >= MOST_BYTES) await flush();
  };
  return {
    /** One that is there already is left as it is. */
    add: ({ id, document, bytes: size }: HeldDocument) =>
      push({ insertOne: { document: { ...document, _id: id, tenantId } } }, size),
    replace: ({ id, document, bytes: size }: HeldDocument) => {
      const { _id: _, ...replacement } = document;
      return push({ replaceOne: { filter: { _id: id, tenantId }, replacement, upsert: true } }, size);
    },
    remove: ({ id }: Pick<HeldDocument, 'id'>) => push({ deleteOne: { filter: { _id: id, tenantId } } }, 0),
    flush,
    written: () => written,
  };
}

const MOST_OPERATIONS = 500;
const MOST_BYTES = 8_000_000;
