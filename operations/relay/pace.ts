/**
 * How hard a relay works on one target. A store that is away is left alone for a growing while and
 * then probed by one lane with one batch; batches shrink with each failure, so that a store which
 * only fails under large ones still gets somewhere, and grow again with each success.
 */
export interface Pace {
  /** Lanes that may run at once now: 0 while waiting, 1 to probe, `concurrency` when all is well. */
  lanes(): number;
  /** Events to claim at once. */
  batch(): number;
  up(): void;
  down(): void;
}

export interface PaceOptions {
  concurrency: number;
  batchSize: number;
  /** First wait in milliseconds; it doubles up to `maxMs`. */
  baseMs?: number;
  maxMs?: number;
  now?: () => number;
  random?: () => number;
}

export function createPace({
  concurrency,
  batchSize,
  baseMs = 250,
  maxMs = 5_000,
  now = Date.now,
  random = Math.random,
}: PaceOptions): Pace {
  let failures = 0;
  let resumeAt = 0;
  let batch = batchSize;
  return {
    lanes() {
      if (failures === 0) return concurrency;
      return now() < resumeAt ? 0 : 1;
    },
    batch: () => batch,
    up() {
      failures = 0;
      batch = Math.min(batchSize, batch * 2);
    },
    down() {
      resumeAt = now() + backOff(failures, { baseMs, maxMs, random });
      failures += 1;
      batch = Math.max(1, Math.floor(batch / 2));
    },
  };
}

/** Milliseconds to wait when `failures` failures came before this one: exponential, with jitter so that relays part. */
export function backOff(
  failures: number,
  { baseMs, maxMs, random }: { baseMs: number; maxMs: number; random: () => number },
): number {
  return Math.min(maxMs, baseMs * 2 ** failures) * (1 - random() / 2);
}
