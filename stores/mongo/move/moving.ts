import type { Db, MongoClient } from 'mongodb';
import type { Where } from '../places/record.ts';
import type { PlaceTimings } from '../places/watch.ts';
import type { Claim } from './claim.ts';

/** Where a move of documents is; told as it gets there. */
export type DocumentMovePoint = 'made' | 'copying' | 'copied' | 'closed' | 'drained' | 'switched' | 'removed';

/** A move of documents under way. */
export interface DocumentMoving {
  readonly claim: Claim;
  readonly client: MongoClient;
  readonly source: Db;
  readonly target: Db;
  readonly to: Where;
  /** As every process of the installation has them. */
  readonly timings: PlaceTimings;
  readonly drainMs: number;
  readonly point: (name: DocumentMovePoint) => Promise<void>;
}
