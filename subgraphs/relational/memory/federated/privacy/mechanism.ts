import { BOUND, clip, fromGrid, type Norm } from './grid.ts';
import { discreteGaussian, discreteLaplace, type Ratio } from './noise.ts';
import type { RandomSource } from './random.ts';

export type MechanismName = 'LAPLACE' | 'GAUSSIAN';

/** What one release costs each participant. Whole numbers, so that what is spent adds up exactly. */
export interface PrivacyCost {
  /** Millionths. */
  readonly epsilonMicros: number;
  /** 1e-12ths; 0 for Laplace noise. */
  readonly deltaPicos: number;
}

export interface Mechanism extends PrivacyCost {
  readonly name: MechanismName;
  /** Largest norm of a contribution, in the units of its values. */
  readonly bound: number;
}

export interface Release {
  /** The mean of the contributions with noise. */
  readonly values: readonly number[];
  /** Standard deviation of the noise of each value, so that readers know what a value is worth. */
  readonly noiseDeviation: number;
}

export const NORM_OF: Readonly<Record<MechanismName, Norm>> = { LAPLACE: 'L1', GAUSSIAN: 'L2' };

/**
 * The mean of what participants contributed, such that whatever one of them contributes, instead of anything else or of
 * nothing, changes the probability of any answer at most by e^epsilon (and delta). How many there are is not hidden.
 *
 * @param contributions in steps of the grid, all as long as the first. They are clipped here again, because the proof
 * rests on it
 */
export function release(
  contributions: readonly (readonly bigint[])[],
  mechanism: Mechanism,
  random: RandomSource,
): Release {
  const norm = NORM_OF[mechanism.name];
  const clipped = contributions.map((steps) => clip(steps, norm));
  const dimensions = clipped[0]?.length ?? 0;
  const { draw, deviation } = noiseOf(mechanism, random);
  const values = Array.from({ length: dimensions }, (_, at) => {
    const sum = clipped.reduce((total, steps) => total + (steps[at] ?? 0n), 0n);
    return fromGrid(sum + draw(), mechanism.bound) / clipped.length;
  });
  return { values, noiseDeviation: ((deviation / Number(BOUND)) * mechanism.bound) / clipped.length };
}

/** In steps of the grid. */
function noiseOf(mechanism: Mechanism, random: RandomSource): { draw: () => bigint; deviation: number } {
  if (mechanism.name === 'LAPLACE') {
    const scale = laplaceScale(mechanism);
    const deviation = (Math.SQRT2 * Number(scale.above)) / Number(scale.below);
    return { draw: () => discreteLaplace(scale, random), deviation };
  }
  const variance = gaussianVariance(mechanism);
  return { draw: () => discreteGaussian(variance, random), deviation: Math.sqrt(Number(variance)) };
}

/** The sum moves by at most this when one contribution is replaced by any other. */
export const SENSITIVITY = 2n * BOUND;

/** Sensitivity over epsilon. */
export function laplaceScale({ epsilonMicros }: PrivacyCost): Ratio {
  return { above: SENSITIVITY * 1_000_000n, below: BigInt(epsilonMicros) };
}

/**
 * Sensitivity^2 / (2 rho), where rho-concentrated privacy implies (rho + 2 sqrt(rho ln(1/delta)), delta)
 * (Bun and Steinke 2016). Rounded so that errors of floating-point arithmetic make more noise, never less.
 */
export function gaussianVariance({ epsilonMicros, deltaPicos }: PrivacyCost): bigint {
  const epsilon = epsilonMicros / 1e6;
  const log = Math.log(1e12 / deltaPicos);
  const rho = (epsilon / (Math.sqrt(log + epsilon) + Math.sqrt(log))) ** 2;
  return BigInt(Math.ceil((Number(SENSITIVITY * SENSITIVITY) / (2 * rho)) * (1 + 1e-9)));
}
