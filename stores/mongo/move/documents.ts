import { createHash, type Hash } from 'node:crypto';
import { BSON, type Db, type Document } from 'mongodb';
import type { CollectionName } from '../documents.ts';
import type { StoredDocument } from '../filter.ts';

/** A document with its types as the server keeps them. */
export interface HeldDocument {
  readonly id: string;
  /** SHA-256. The order of the fields does not matter. */
  readonly digest: string;
  readonly bytes: number;
  readonly document: Document;
}

/** Documents of one tenant in the order of their ids. */
export async function* readDocuments(db: Db, name: CollectionName, tenantId: string): AsyncGenerator<HeldDocument> {
  const cursor = db.collection<StoredDocument>(name).find(ofTenant(tenantId), {
    sort: { _id: 1 },
    batchSize: BATCH,
    promoteValues: false,
    promoteLongs: false,
    promoteBuffers: false,
  });
  for await (const document of cursor) {
    const fields = Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1));
    const bytes = BSON.serialize(Object.fromEntries(fields));
    const digest = createHash('sha256').update(bytes).digest('hex');
    yield { id: document._id, digest, bytes: bytes.length, document };
  }
}

/** The tenant, and the stretch of `_id` that it has: an index finds it in order. */
export const ofTenant = (tenantId: string) => ({ _id: { $gte: `${tenantId}/`, $lt: `${tenantId}0` }, tenantId });

/** What one side has of a document, and the other. */
export type Pair = readonly [from: HeldDocument | undefined, to: HeldDocument | undefined];

/** Both sides beside each other, by id. Neither is held in memory. */
export async function* pairs(
  from: AsyncGenerator<HeldDocument>,
  to: AsyncGenerator<HeldDocument>,
): AsyncGenerator<Pair> {
  let [left, right] = await Promise.all([next(from), next(to)]);
  while (left || right) {
    const order = compare(left, right);
    yield [order <= 0 ? left : undefined, order >= 0 ? right : undefined];
    const advance = { left: order <= 0, right: order >= 0 };
    [left, right] = await Promise.all([advance.left ? next(from) : left, advance.right ? next(to) : right]);
  }
}

/** Counts and digests what passes. */
export function createChecksum() {
  const hash: Hash = createHash('sha256');
  let documents = 0;
  return {
    add({ digest }: HeldDocument): void {
      hash.update(digest);
      documents += 1;
    },
    done: () => ({ documents, checksum: hash.digest('hex') }),
  };
}

async function next(documents: AsyncGenerator<HeldDocument>): Promise<HeldDocument | undefined> {
  const { value, done } = await documents.next();
  return done ? undefined : value;
}

/** As the server orders them: by bytes, and not by UTF-16. */
function compare(left: HeldDocument | undefined, right: HeldDocument | undefined): number {
  if (!left || !right) return left ? -1 : 1;
  return Buffer.compare(Buffer.from(left.id), Buffer.from(right.id));
}

const BATCH = 500;
