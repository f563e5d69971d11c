import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient } from 'mongodb';
import type { SealingKeys } from '#platform/sealing';
import { placeNameOf } from '../../place-name.ts';
import { COLLECTION_NAMES } from '../documents.ts';
import { makeOwnDatabase } from '../places/own-database.ts';
import { type DocumentReceipt, type PlaceRecord, placesOf, type Where } from '../places/record.ts';
import { PLACE_TIMINGS, type PlaceTimings } from '../places/watch.ts';
import { carry } from './carry.ts';
import { asDocumentMover, type Claim } from './claim.ts';
import { leave } from './leave.ts';
import type { DocumentMovePoint, DocumentMoving } from './moving.ts';
import { reopen, switchOver } from './switch.ts';

export { DocumentMoveError } from './claim.ts';

export interface DocumentMoveOptions {
  /** Of who may make users, roles and databases. */
  url: string;
  database?: string;
  keys: SealingKeys;
  tenantId: string;
  to: Where;
  /** As every process of the installation has them. */
  timings?: PlaceTimings;
  /** How long writes that had begun may take to end before the switch. */
  drainMs?: number;
  /** How long reads that began before the switch may go on in the old place. */
  graceMs?: number;
  /** Awaited wherever the move gets. */
  onPoint?: (point: DocumentMovePoint) => Promise<void> | void;
}

/**
 * Brings a tenant's documents to their place while they are used, in steps that are recorded in `_places` and can be
 * repeated: a run that was killed is gone on with by the next.
 * @returns the receipt; undefined where they were there already
 * @throws DocumentMoveError where another process is at it, or writers do not end; NotAllowedError
 */
export async function moveDocuments(options: DocumentMoveOptions): Promise<DocumentReceipt | undefined> {
  const { url, database = 'polygraph', tenantId } = options;
  const client = new MongoClient(url, {
    appName: 'polygraph-move',
    serverSelectionTimeoutMS: PATIENCE_MS,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    maxPoolSize: 4,
  });
  try {
    const shared = client.db(database);
    return await asDocumentMover(placesOf(shared), tenantId, (claim, record) =>
      run({ client, shared, own: client.db(placeNameOf(tenantId)), claim }, record, options),
    );
  } finally {
    await client.close();
  }
}

interface Sides {
  readonly client: MongoClient;
  readonly shared: Db;
  readonly own: Db;
  readonly claim: Claim;
}

async function run(
  sides: Sides,
  record: PlaceRecord,
  options: DocumentMoveOptions,
): Promise<DocumentReceipt | undefined> {
  const { to, graceMs = PLACE_TIMINGS.readLeaseMs + GRACE_MS } = options;
  // What a run that was killed has left: a closed place, or documents in the one that was left.
  if (record.state === 'closed') await reopen(movingOf(sides, to, options), record.where);
  const finish = async (left: PlaceRecord): Promise<DocumentReceipt | undefined> => {
    await sleep(graceMs);
    return leave(movingOf(sides, left.where, options), left);
  };
  const finished = record.leaving ? await finish(record) : undefined;
  if (record.where === to) return finished;
  return finish(await carryOver(movingOf(sides, to, options), options));
}

/** Carries what there is, then what has changed meanwhile, until that is little; then switches. */
async function carryOver(moving: DocumentMoving, { keys }: DocumentMoveOptions): Promise<PlaceRecord> {
  const { claim, client, to, point } = moving;
  if (to === 'own') {
    const made = await makeOwnDatabase(client, claim.tenantId, keys);
    await claim.change({ $set: { made } });
  }
  await point('made');
  let passes = 0;
  for (let changed = Number.POSITIVE_INFINITY; changed > FEW && passes < MOST_PASSES; passes += 1) {
    changed = 0;
    for (const name of COLLECTION_NAMES) {
      changed += (await carry(claim, moving.source, moving.target, name)).changed;
      await point('copying');
    }
  }
  await point('copied');
  try {
    return await switchOver(moving, passes);
  } catch (error) {
    await reopen(moving, to === 'own' ? 'shared' : 'own').catch(() => undefined);
    throw error;
  }
}

function movingOf({ client, shared, own, claim }: Sides, to: Where, options: DocumentMoveOptions): DocumentMoving {
  const { timings = PLACE_TIMINGS, drainMs = 20_000, onPoint } = options;
  const [source, target] = to === 'own' ? [shared, own] : [own, shared];
  return { client, claim, source, target, to, timings, drainMs, point: async (name) => onPoint?.(name) };
}

/** So few are carried during the pause that writers hardly notice. */
const FEW = 20;
/** Of a tenant that writes faster than is carried, the rest waits for the pause. */
const MOST_PASSES = 5;
/** Nobody waits long for a server that is away: who keeps moves tries again. */
const PATIENCE_MS = 2_000;
/** Beyond the lease of readers: what they had begun. */
const GRACE_MS = 2_000;
