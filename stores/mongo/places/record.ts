import type { Collection, Db } from 'mongodb';
import type { CollectionName } from '../documents.ts';

/** `shared`: in the collections that tenants share. `own`: in a database of the tenant's own. */
export type Where = 'shared' | 'own';

/**
 * Where a tenant's documents are. MongoDB's own word decides, and not the tier, which PostgreSQL changes at another
 * moment. A tenant without a record is in the shared collections.
 */
export interface PlaceRecord {
  /** Of the tenant. */
  readonly _id: string;
  readonly where: Where;
  /** Nobody writes where it is `closed`. */
  readonly state: 'open' | 'closed';
  /** What the database of its own was last brought to; absent where there is none. */
  readonly made?: string;
  /** Who moves the documents; a process that renews this no longer is gone. */
  readonly mover?: { readonly id: string; readonly renewals: number };
  /** Processes that still write although it is closed: what they had begun before. */
  readonly busy?: readonly string[];
  /** Where documents lie that were left behind and are to be removed. */
  readonly leaving?: Where;
  /** Collections of those that were found as they had been left, and may be removed unseen. */
  readonly unchanged?: readonly CollectionName[];
  readonly receipt?: DocumentReceipt;
}

/** What was compared on both sides while nobody could write. */
export interface DocumentReceipt {
  readonly collections: readonly CollectionReceipt[];
  readonly documents: number;
  /** SHA-256 over the checksums of all collections. */
  readonly checksum: string;
  /** How long writers of this tenant waited. Readers and other tenants did not. */
  readonly pausedMs: number;
  /** How often differences were carried, the last time in the pause. */
  readonly passes: number;
  /** Documents that somebody wrote in the old place after the switch, and that were carried over. */
  readonly stragglers?: number;
}

export interface CollectionReceipt {
  readonly collection: CollectionName;
  readonly documents: number;
  /** SHA-256 over the documents by their ids; the same on both sides. */
  readonly checksum: string;
}

/** What whoever reads and writes has to know of a place. */
export type PlaceSeen = Pick<PlaceRecord, 'where' | 'state'>;

/** @param shared the database with the collections that tenants share */
export const placesOf = (shared: Db): Collection<PlaceRecord> => shared.collection<PlaceRecord>(PLACES);
export const PLACES = '_places';

/** All that is not as it is without a record: few, as ENTERPRISE tenants are. */
export async function lookAtPlaces(shared: Db, timeoutMs: number): Promise<ReadonlyMap<string, PlaceSeen>> {
  const options = { projection: { where: 1, state: 1 }, maxTimeMS: timeoutMs } as const;
  const records = await placesOf(shared)
    .find<Pick<PlaceRecord, '_id' | 'where' | 'state'>>({ $or: [{ where: 'own' }, { state: 'closed' }] }, options)
    .toArray();
  return new Map(records.map(({ _id, where, state }) => [_id, { where, state }]));
}

/** Says that a process still writes, or no longer. Without effect where nobody waits for it. */
export async function tellBusy(shared: Db, tenantId: string, processId: string, busy: boolean): Promise<void> {
  const change = busy ? { $addToSet: { busy: processId } } : { $pull: { busy: processId } };
  await placesOf(shared).updateOne({ _id: tenantId, state: 'closed' }, change);
}
