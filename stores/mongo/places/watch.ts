import { setTimeout as sleep } from 'node:timers/promises';
import { PolygraphError } from '#platform/errors';
import { unavailable } from '../../breaker.ts';
import type { PlaceSeen, Where } from './record.ts';

/**
 * Knows where each tenant's documents are, without asking for each command. Somebody who carries them elsewhere closes
 * the place and waits until no process believes any longer that it is open.
 */
export interface PlaceWatch {
  reading<T>(tenantId: string, read: (where: Where) => Promise<T>): Promise<T>;
  /**
   * @throws PolygraphError TENANT_MOVING where the place stays closed; nothing was done then. STORE_UNAVAILABLE where it
   *   took so long that the documents may have been carried away before it was done
   */
  writing<T>(tenantId: string, write: (where: Where) => Promise<T>): Promise<T>;
  close(): void;
}

export interface PlaceWatchOptions {
  look: () => Promise<Places>;
  /** Told of a place that is closed while something that had begun here is still written. */
  tellBusy: (tenantId: string, busy: boolean) => Promise<void>;
  timings?: PlaceTimings;
}

export interface PlaceTimings {
  /** How often it is looked while anybody reads or writes. */
  readonly everyMs: number;
  /** A write begins only while the last look began less than this ago. Whoever moves documents waits for it. */
  readonly writeLeaseMs: number;
  /** The same for reads, which may be answered from where the documents were. */
  readonly readLeaseMs: number;
  /** How long writers wait for a place to open. */
  readonly patienceMs: number;
}

export const PLACE_TIMINGS: PlaceTimings = {
  everyMs: 400,
  writeLeaseMs: 1_200,
  readLeaseMs: 3_000,
  patienceMs: 5_000,
};

export function createPlaceWatch({ look, tellBusy, timings = PLACE_TIMINGS }: PlaceWatchOptions): PlaceWatch {
  const { everyMs, writeLeaseMs, readLeaseMs, patienceMs } = timings;
  const writers = createWriters(tellBusy, writeLeaseMs + everyMs);
  const sight = createSight({ look, everyMs, isNeeded: writers.any, onSeen: writers.settle });
  const waitFor = async (closed: Places | undefined): Promise<void> => {
    if (closed) await sleep(CLOSED_PAUSE_MS);
    await sight.look();
  };
  /** @param admit begins the command, or says by undefined that it has to wait; nothing else gets a turn in between */
  const whenKnown = async <T>(
    tenantId: string,
    leaseMs: number,
    admit: (place: PlaceSeen) => Promise<T> | undefined,
  ): Promise<T> => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const places = sight.places(leaseMs);
      const begun = places && admit(places.get(tenantId) ?? SHARED);
      if (begun) return await begun;
      if (performance.now() > deadline) throw places ? moving() : tooSlow();
      await waitFor(places);
    }
  };
  /** One that stood still between its look and its command may have written where nobody reads any more. */
  const confirmed = async <T>(tenantId: string, where: Where, write: (where: Where) => Promise<T>): Promise<T> => {
    const began = now();
    const done = await write(where);
    // Whoever closes a place waits that much longer than the lease.
    if (ageOf(began) < everyMs || (await writers.isAwaited(tenantId))) return done;
    if (!sight.places(writeLeaseMs)) await sight.look();
    const place = sight.places(writeLeaseMs)?.get(tenantId) ?? SHARED;
    if (place.where === where && place.state === 'open') return done;
    throw unavailable('mongo', new Error('A write took so long that the documents may have been carried away.'));
  };
  return {
    reading: (tenantId, read) => whenKnown(tenantId, readLeaseMs, ({ where }) => read(where)),
    writing: (tenantId, write) =>
      whenKnown(tenantId, writeLeaseMs, ({ where, state }) =>
        state === 'open' ? writers.count(tenantId, () => confirmed(tenantId, where, write)) : undefined,
      ),
    close: sight.close,
  };
}

type Places = ReadonlyMap<string, PlaceSeen>;

interface SightOptions extends Pick<PlaceWatchOptions, 'look'> {
  readonly everyMs: number;
  readonly isNeeded: () => boolean;
  /** @param before when the look before this one began */
  readonly onSeen: (places: Places, before: Moment | undefined) => void;
}

interface Sight {
  /** What was seen by a look that began less than so long ago. */
  places(withinMs: number): Places | undefined;
  /** One for all who wait. */
  look(): Promise<void>;
  close(): void;
}

/** Looks again and again while anybody asks. */
function createSight({ look, everyMs, isNeeded, onSeen }: SightOptions): Sight {
  let seen: { readonly began: Moment; readonly places: Places } | undefined;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let usedAt = 0;
  let closed = false;
  const lookOnce = async (): Promise<void> => {
    const began = now();
    try {
      const places = await look();
      const before = seen?.began;
      seen = { began, places };
      onSeen(places, before);
    } finally {
      looking = undefined;
    }
  };
  const lookNow = (): Promise<void> => {
    looking ??= lookOnce();
    return looking;
  };
  const again = async (): Promise<void> => {
    // Those who need to know ask for themselves, and are told what is wrong.
    await lookNow().catch(() => undefined);
    timer = undefined;
    if (performance.now() - usedAt < IDLE_MS || isNeeded()) arm();
  };
  const arm = (): void => {
    if (!closed) timer ??= setTimeout(() => void again(), everyMs).unref();
  };
  return {
    places(withinMs) {
      usedAt = performance.now();
      arm();
      return seen && ageOf(seen.began) < withinMs ? seen.places : undefined;
    },
    look: lookNow,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

interface Writers {
  count<T>(tenantId: string, write: () => Promise<T>): Promise<T>;
  /** Tells of those who still write where it is closed. @param before when it was last seen open */
  settle(places: Places, before: Moment | undefined): void;
  /** Whether who closed the place was told in time, and waits until what is under way has ended. */
  isAwaited(tenantId: string): Promise<boolean>;
  any(): boolean;
}

/** @param waitMs how long who closes a place waits at least before it asks who still writes */
function createWriters(tellBusy: PlaceWatchOptions['tellBusy'], waitMs: number): Writers {
  const writing = new Map<string, number>();
  const told = new Map<string, Promise<boolean>>();
  const end = (tenantId: string): void => {
    const left = (writing.get(tenantId) ?? 1) - 1;
    if (left > 0) return void writing.set(tenantId, left);
    writing.delete(tenantId);
    // Where this does not get through, the move is given up after a while, and begun anew.
    if (told.delete(tenantId)) tellBusy(tenantId, false).catch(() => undefined);
  };
  return {
    async count(tenantId, write) {
      writing.set(tenantId, (writing.get(tenantId) ?? 0) + 1);
      try {
        return await write();
      } finally {
        end(tenantId);
      }
    },
    settle(places, before) {
      for (const tenantId of writing.keys()) {
        if (told.has(tenantId) || places.get(tenantId)?.state !== 'closed') continue;
        const inTime = (): boolean => before !== undefined && ageOf(before) < waitMs;
        told.set(
          tenantId,
          tellBusy(tenantId, true).then(inTime, () => false),
        );
      }
    },
    isAwaited: async (tenantId) => (await told.get(tenantId)) ?? false,
    any: () => writing.size > 0,
  };
}

/** By two clocks: one stands still while the machine sleeps, the other can be set back. */
interface Moment {
  readonly steady: number;
  readonly wall: number;
}
const now = (): Moment => ({ steady: performance.now(), wall: Date.now() });
const ageOf = ({ steady, wall }: Moment): number => Math.max(performance.now() - steady, Date.now() - wall);

const moving = () => new PolygraphError('TENANT_MOVING', 'The documents of the tenant are being moved at the moment.');
const tooSlow = () => unavailable('mongo', new Error('Where the documents are could not be read in time.'));
const SHARED: PlaceSeen = { where: 'shared', state: 'open' };
const CLOSED_PAUSE_MS = 50;
/** Where nobody reads or writes, nobody looks. */
const IDLE_MS = 5_000;
