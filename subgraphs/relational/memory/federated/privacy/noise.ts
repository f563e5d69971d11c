import type { RandomSource } from './random.ts';

/**
 * Noise of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential
 * Privacy" (2020), algorithms 1 to 3. Every step is a comparison of integers, so
 * what is drawn has exactly the distribution that the proofs are about. Noise
 * made of floating-point numbers has not: its gaps tell what it was added to
 * (Mironov 2012).
 */

/** A rational number, at least 0. @param below at least 1 */
export interface Ratio {
  readonly above: bigint;
  readonly below: bigint;
}

/** @returns x with P(x) proportional to exp(-|x| / scale). @param scale above 0 */
export function discreteLaplace(scale: Ratio, random: RandomSource): bigint {
  const { above: t, below: s } = scale;
  for (;;) {
    const offset = random.below(t);
    if (!bernoulliExp({ above: offset, below: t }, random)) continue;
    let rounds = 0n;
    while (bernoulliExp(ONE, random)) rounds += 1n;
    const size = (offset + t * rounds) / s;
    const negative = random.below(2n) === 1n;
    // Zero would come up twice.
    if (negative && size === 0n) continue;
    return negative ? -size : size;
  }
}

/** @returns x with P(x) proportional to exp(-x^2 / (2 variance)). @param variance at least 1 */
export function discreteGaussian(variance: bigint, random: RandomSource): bigint {
  const t = squareRoot(variance) + 1n;
  const below = 2n * variance * t * t;
  for (;;) {
    const drawn = discreteLaplace({ above: t, below: 1n }, random);
    const distance = absolute(drawn) * t - variance;
    if (bernoulliExp({ above: distance * distance, below }, random)) return drawn;
  }
}

/** True with probability exp(-x). */
export function bernoulliExp({ above, below }: Ratio, random: RandomSource): boolean {
  for (let whole = above / below; whole > 0n; whole -= 1n) {
    if (!bernoulliExpOfFraction(1n, 1n, random)) return false;
  }
  return bernoulliExpOfFraction(above % below, below, random);
}

/** Of x at most 1: draws x/1, x/2, x/3 ... until one is false; how many there were is odd with probability exp(-x). */
function bernoulliExpOfFraction(above: bigint, below: bigint, random: RandomSource): boolean {
  let draws = 1n;
  while (random.below(below * draws) < above) draws += 1n;
  return draws % 2n === 1n;
}

/** The largest integer whose square is at most `n`. */
export function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let guess = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

export const absolute = (n: bigint): bigint => (n < 0n ? -n : n);

const ONE: Ratio = { above: 1n, below: 1n };
