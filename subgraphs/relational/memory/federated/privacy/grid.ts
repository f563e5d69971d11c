import { absolute, squareRoot } from './noise.ts';

/**
 * Contributions are summed as whole numbers: `BOUND` steps of the grid are the
 * bound that the session declares. A vector is rounded and clipped before it is
 * kept, so that its norm is at most `BOUND` exactly, whatever floating-point
 * arithmetic would make of it.
 */
export const BOUND = 1n << 20n;

/** L1 for Laplace noise, L2 for Gaussian noise. */
export type Norm = 'L1' | 'L2';

export interface Clipped {
  /** In steps of the grid. */
  readonly steps: readonly bigint[];
  readonly clipped: boolean;
  /** It was more than twice as long as the bound: a mistake in the units, or an attempt to outweigh the others. */
  readonly heavily: boolean;
}

/** @param values finite; their size is limited by the caller @param bound the session's, above 0 */
export function clipToGrid(values: readonly number[], bound: number, norm: Norm): Clipped {
  const steps = values.map((value) => BigInt(Math.trunc((value / bound) * Number(BOUND))));
  const length = lengthOf(steps, norm);
  return { steps: clip(steps, norm), clipped: length > BOUND, heavily: length > 2n * BOUND };
}

/** Shrinks what is too long, each coordinate towards 0. */
export function clip(steps: readonly bigint[], norm: Norm): bigint[] {
  const length = lengthOf(steps, norm);
  return length <= BOUND ? [...steps] : steps.map((step) => (step * BOUND) / length);
}

/** Rounded up, so that nothing that is too long seems to fit. */
export function lengthOf(steps: readonly bigint[], norm: Norm): bigint {
  if (norm === 'L1') return steps.reduce((sum, step) => sum + absolute(step), 0n);
  const squares = steps.reduce((sum, step) => sum + step * step, 0n);
  const root = squareRoot(squares);
  return root * root === squares ? root : root + 1n;
}

/** Back in the units of the session. */
export const fromGrid = (steps: bigint, bound: number): number => (Number(steps) / Number(BOUND)) * bound;
