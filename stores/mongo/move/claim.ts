import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, UpdateFilter } from 'mongodb';
import type { PlaceRecord } from '../places/record.ts';

/** Nothing is wrong with the documents: somebody else carries them, or they could not be carried now. */
export class DocumentMoveError extends Error {
  override readonly name = 'DocumentMoveError';
}

/** The right to carry one tenant's documents, as long as it is renewed. */
export interface Claim {
  readonly tenantId: string;
  /** @throws DocumentMoveError where somebody else has taken over */
  change(update: UpdateFilter<PlaceRecord>): Promise<PlaceRecord>;
  /** Before each write: one that stood still for long writes nothing where another has gone on. @throws DocumentMoveError */
  assertHeld(): void;
}

/**
 * Runs `work` while no other process carries the tenant's documents. One that was killed is succeeded when its claim was
 * not renewed for as long as it lasts, by the clock of its successor: no two clocks are compared.
 * @throws DocumentMoveError where another process is at it
 */
export async function asDocumentMover<T>(
  places: Collection<PlaceRecord>,
  tenantId: string,
  work: (claim: Claim, record: PlaceRecord) => Promise<T>,
): Promise<T> {
  const id = randomUUID();
  const mine = { _id: tenantId, 'mover.id': id };
  let renewedAt = performance.now();
  const renew = async (): Promise<void> => {
    const began = performance.now();
    const { matchedCount } = await places.updateOne(mine, { $inc: { 'mover.renewals': 1 } });
    if (matchedCount === 1) renewedAt = began;
  };
  const claim: Claim = {
    tenantId,
    async change(update) {
      const changed = await places.findOneAndUpdate(mine, update, { returnDocument: 'after' });
      if (!changed) throw lost();
      return changed;
    },
    assertHeld() {
      if (performance.now() - renewedAt > CLAIM_MS - MARGIN_MS) throw lost();
    },
  };
  const record = await take(places, tenantId, id);
  renewedAt = performance.now();
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS).unref();
  try {
    return await work(claim, record);
  } finally {
    clearInterval(timer);
    await places.updateOne(mine, { $unset: { mover: '' } });
    await places.deleteOne({ _id: tenantId, ...SAYS_NOTHING });
  }
}

async function take(places: Collection<PlaceRecord>, tenantId: string, id: string): Promise<PlaceRecord> {
  const none = { where: 'shared', state: 'open' } as const;
  await places.updateOne({ _id: tenantId }, { $setOnInsert: none }, { upsert: true });
  const former = (await places.findOne({ _id: tenantId }))?.mover;
  if (former) await waitForEnd(places, tenantId, former);
  const free = former ? { 'mover.id': former.id, 'mover.renewals': former.renewals } : { mover: { $exists: false } };
  const taken = await places.findOneAndUpdate(
    { _id: tenantId, ...free },
    { $set: { mover: { id, renewals: 0 } } },
    { returnDocument: 'after' },
  );
  if (!taken) throw busy();
  return taken;
}

/** @throws DocumentMoveError where it is renewed meanwhile, or given up */
async function waitForEnd(places: Collection<PlaceRecord>, tenantId: string, { id, renewals }: Mover): Promise<void> {
  for (const deadline = performance.now() + CLAIM_MS; performance.now() < deadline; ) {
    await sleep(RENEW_MS / 2);
    if (!(await places.findOne({ _id: tenantId, 'mover.id': id, 'mover.renewals': renewals }))) throw busy();
  }
}

type Mover = NonNullable<PlaceRecord['mover']>;
const busy = () => new DocumentMoveError('Another process is moving the documents of this tenant.');
const lost = () => new DocumentMoveError('Another process has taken over the documents of this tenant.');
/** Where a mover was killed while it was closed, writers are refused for as long. */
const CLAIM_MS = 6_000;
const RENEW_MS = 1_000;
const MARGIN_MS = 2_000;
/** A record like none: the tenant is in the shared collections, and nothing is left to do. */
const SAYS_NOTHING = {
  where: 'shared',
  state: 'open',
  mover: { $exists: false },
  made: { $exists: false },
  leaving: { $exists: false },
} as const;
