import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLECTION_NAMES, type CollectionName } from '../documents.ts';
import { allowWriting } from '../places/own-database.ts';
import type { DocumentReceipt, PlaceRecord } from '../places/record.ts';
import { type Carried, carry } from './carry.ts';
import { DocumentMoveError } from './claim.ts';
import type { DocumentMoving } from './moving.ts';

/** Closes the old place, carries the rest, compares both sides, and lets everybody into the new one. @returns the record from then on */
export async function switchOver(moving: DocumentMoving, passes: number): Promise<PlaceRecord> {
  const { claim, client, to, point } = moving;
  const began = performance.now();
  await claim.change({ $set: { state: 'closed', busy: [] } });
  await point('closed');
  await waitForWriters(moving);
  // The server then refuses who still writes. In the shared collections there is one user for all.
  if (to === 'shared') await allowWriting(client, claim.tenantId, false);
  await point('drained');
  const { receipts, rounds } = await carryRest(moving);
  const over = receipts.map(({ collection, checksum }) => `${collection} ${checksum}\n`).join('');
  const receipt: DocumentReceipt = {
    collections: receipts,
    documents: receipts.reduce((sum, { documents }) => sum + documents, 0),
    checksum: createHash('sha256').update(over).digest('hex'),
    pausedMs: Math.round(performance.now() - began),
    passes: passes + rounds,
  };
  const leaving = to === 'own' ? 'shared' : 'own';
  const switched = await claim.change({
    $set: { where: to, state: 'open', leaving, receipt, unchanged: [] },
    $unset: { busy: '' },
  });
  await point('switched');
  return switched;
}

/** After a move that broke off while it was closed: everybody is let in where the documents still are. */
export async function reopen({ claim, client }: DocumentMoving, where: PlaceRecord['where']): Promise<void> {
  if (where === 'own') await allowWriting(client, claim.tenantId, true);
  await claim.change({ $set: { state: 'open' }, $unset: { busy: '' } });
}

/** @throws DocumentMoveError where something that had begun does not end in time */
async function waitForWriters({ claim, timings, drainMs }: DocumentMoving): Promise<void> {
  // By then nobody believes any longer that it is open, and who still writes has said so.
  await sleep(timings.writeLeaseMs + timings.everyMs);
  const deadline = performance.now() + drainMs;
  while (((await claim.change({ $set: { state: 'closed' } })).busy ?? []).length > 0) {
    if (performance.now() > deadline)
      throw new DocumentMoveError('A write of the tenant did not end in time. Nothing has changed; run this again.');
    await sleep(50);
  }
}

/** Until nothing differs. */
async function carryRest({ claim, source, target }: DocumentMoving) {
  const carried = new Map<CollectionName, Carried>();
  let differing: readonly CollectionName[] = COLLECTION_NAMES;
  let rounds = 0;
  for (; differing.length > 0; rounds += 1) {
    if (rounds === MOST_ROUNDS) throw new Error(`What arrives is not what is sent, in ${differing.join(', ')}.`);
    for (const name of differing) carried.set(name, await carry(claim, source, target, name));
    differing = differing.filter((name) => carried.get(name)?.changed !== 0);
  }
  const receipts = [...carried.values()].map(({ from, to }) => {
    if (from.checksum !== to.checksum) throw new Error(`The sides differ in ${from.collection}.`);
    return to;
  });
  return { receipts, rounds };
}

const MOST_ROUNDS = 5;
