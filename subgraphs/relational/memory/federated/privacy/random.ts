import { randomBytes } from 'node:crypto';

/** Where all noise comes from. Who can guess it can take the noise away again. */
export interface RandomSource {
  /** Uniform in [0, n), exactly: draws that would favour some are thrown away. @param n at least 1 */
  below(n: bigint): bigint;
}

/** The operating system's generator. Nothing else is used outside tests. */
export const secureRandom = (): RandomSource => createRandomSource(randomBytes);

/** @param bytes gives so many that are uniform and independent */
export function createRandomSource(bytes: (size: number) => Buffer): RandomSource {
  let pool: Buffer = Buffer.alloc(0);
  let at = 0;
  const take = (size: number): bigint => {
    if (at + size > pool.length) {
      pool = bytes(Math.max(POOL, size));
      at = 0;
    }
    let drawn = 0n;
    for (const end = at + size; at < end; at += 1) drawn = (drawn << 8n) | BigInt(pool[at] ?? 0);
    return drawn;
  };
  return {
    below(n) {
      if (n < 1n) throw new RangeError('There is nothing below 1 to draw.');
      const bits = (n - 1n).toString(2).length;
      const spare = BigInt((8 - (bits % 8)) % 8);
      for (;;) {
        const drawn = take(Math.ceil(bits / 8)) >> spare;
        if (drawn < n) return drawn;
      }
    },
  };
}

/** Bytes asked for at once: a system call for each draw would cost more than the draw. */
const POOL = 4_096;
