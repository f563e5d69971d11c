import type { Db } from 'mongodb';
import { COLLECTION_NAMES, type CollectionName } from '../documents.ts';
import type { StoredDocument } from '../filter.ts';
import { dropOwnDatabase } from '../places/own-database.ts';
import type { CollectionReceipt, DocumentReceipt, PlaceRecord } from '../places/record.ts';
import { createWriter } from './carry.ts';
import { createChecksum, type HeldDocument, ofTenant, pairs, readDocuments } from './documents.ts';
import type { DocumentMoving } from './moving.ts';

/**
 * Removes what a switch has left behind in `source`, but nothing unseen that somebody wrote there afterwards: what
 * `target` does not have is carried over, and what both changed is put aside for a person to judge.
 * @returns the receipt, with how many such documents there were
 */
export async function leave(moving: DocumentMoving, record: PlaceRecord): Promise<DocumentReceipt | undefined> {
  const { claim, client, source, point } = moving;
  const { receipt } = record;
  let stragglers = receipt?.stragglers ?? 0;
  for (const name of COLLECTION_NAMES) {
    if (!record.unchanged?.includes(name)) {
      const left = receipt?.collections.find(({ collection }) => collection === name);
      stragglers += (await isUnchanged(source, claim.tenantId, name, left)) ? 0 : await carryStragglers(moving, name);
      await claim.change({ $addToSet: { unchanged: name } });
    }
    claim.assertHeld();
    await source.collection<StoredDocument>(name).deleteMany(ofTenant(claim.tenantId));
  }
  await point('removed');
  const counted = receipt && (stragglers > 0 ? { ...receipt, stragglers } : receipt);
  if (record.leaving === 'own') await dropOwnDatabase(client, claim.tenantId);
  await claim.change({
    ...(counted ? { $set: { receipt: counted } } : {}),
    $unset: { leaving: '', unchanged: '', ...(record.leaving === 'own' ? { made: '' } : {}) },
  });
  return counted;
}

async function isUnchanged(
  source: Db,
  tenantId: string,
  name: CollectionName,
  left: CollectionReceipt | undefined,
): Promise<boolean> {
  const sum = createChecksum();
  for await (const document of readDocuments(source, name, tenantId)) sum.add(document);
  return sum.done().checksum === left?.checksum;
}

/** @returns how many there were */
async function carryStragglers({ claim, source, target }: DocumentMoving, name: CollectionName): Promise<number> {
  const { tenantId } = claim;
  const writer = createWriter(claim, target, name);
  const aside: HeldDocument[] = [];
  for await (const [left, right] of pairs(
    readDocuments(source, name, tenantId),
    readDocuments(target, name, tenantId),
  )) {
    if (left && !right) await writer.add(left);
    if (left && right && left.digest !== right.digest) aside.push(left);
  }
  await writer.flush();
  await putAside(target, name, tenantId, aside);
  return writer.written() + aside.length;
}

async function putAside(db: Db, collection: CollectionName, tenantId: string, held: readonly HeldDocument[]) {
  const aside = db.collection<{ _id: string; tenantId: string; collection: string; document: object; at: Date }>(ASIDE);
  for (const { id, document } of held) {
    const kept = { tenantId, collection, document, at: new Date() };
    await aside.updateOne({ _id: `${tenantId}/${collection}/${id}` }, { $set: kept }, { upsert: true });
  }
}

const ASIDE = '_stragglers';
