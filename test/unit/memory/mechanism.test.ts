import { describe, expect, it } from 'vitest';
import { BOUND, clip, clipToGrid, lengthOf } from '#subgraphs/relational/memory/federated/privacy/grid';
import {
  gaussianVariance,
  laplaceScale,
  type Mechanism,
  release,
  SENSITIVITY,
} from '#subgraphs/relational/memory/federated/privacy/mechanism';
import { seededRandom } from '#test/kit/seeded-random';

const RELEASES = 100_000;
const BINS = 20;
/** Four standard deviations of the logarithm of two counts. */
const sampling = (a: number, b: number): number => 4 * Math.sqrt(1 / a + 1 / b);
const LAPLACE: Mechanism = { name: 'LAPLACE', epsilonMicros: 1_000_000, deltaPicos: 0, bound: 1 };
const GAUSSIAN: Mechanism = { name: 'GAUSSIAN', epsilonMicros: 1_000_000, deltaPicos: 10_000_000, bound: 1 };

/** Logarithms of how much likelier answers of each kind are with the one contribution than with the other. */
function ratios(mechanism: Mechanism, contributions: readonly [bigint[], bigint[]], seed: string) {
  const others = [[BOUND / 2n], [-BOUND / 4n]];
  const random = seededRandom(seed);
  const [one, other] = contributions.map((given) =>
    Array.from({ length: RELEASES }, () => release([...others, given], mechanism, random).values[0] ?? 0),
  ) as [number[], number[]];
  const sorted = [...one].sort((a, b) => a - b);
  const edges = Array.from({ length: BINS - 1 }, (_, at) => sorted[((at + 1) * RELEASES) / BINS] ?? 0);
  const [a, b] = [count(one, edges), count(other, edges)];
  return a.map((n, bin) => ({ log: Math.abs(Math.log(n / (b[bin] ?? 0))), slack: sampling(n, b[bin] ?? 0) }));
}

function count(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const bin = edges.findIndex((edge) => value < edge);
    const at = bin < 0 ? edges.length : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

describe(`what one participant contributes, over ${RELEASES} releases with and without it`, () => {
  it.each([LAPLACE, GAUSSIAN])('is not visible beyond epsilon: $name, left out', (mechanism) => {
    for (const { log, slack } of ratios(mechanism, [[BOUND], [0n]], `out ${mechanism.name}`)) {
      expect(log).toBeLessThan(1 + slack);
    }
  });

  it('is not visible beyond epsilon in the worst case, and nearly that much is', () => {
    const found = ratios(LAPLACE, [[BOUND], [-BOUND]], 'replaced');
    for (const { log, slack } of found) expect(log).toBeLessThan(1 + slack);
    expect(Math.max(...found.map(({ log }) => log))).toBeGreaterThan(0.9);
  });

  it('would be seen to be visible with half the noise', () => {
    const half = ratios({ ...LAPLACE, epsilonMicros: 2_000_000 }, [[BOUND], [-BOUND]], 'half');
    expect(half.some(({ log, slack }) => log > 1 + slack)).toBe(true);
  });

  it('is clipped in the release, too, however long it came', () => {
    const found = ratios(LAPLACE, [[BOUND * 1_000n], [-BOUND * 1_000n]], 'unclipped');
    for (const { log, slack } of found) expect(log).toBeLessThan(1 + slack);
  });
});

describe('clipping', () => {
  it.each(['L1', 'L2'] as const)('keeps the direction and never leaves more than the bound in %s', (norm) => {
    const random = seededRandom(norm);
    for (let run = 0; run < 2_000; run += 1) {
      const steps = Array.from({ length: 5 }, () => random.below(1n << 30n) - (1n << 29n));
      const kept = clip(steps, norm);
      expect(lengthOf(kept, norm) <= BOUND).toBe(true);
      expect(kept.every((step, at) => step === 0n || step > 0n === (steps[at] ?? 0n) > 0n)).toBe(true);
    }
  });

  it('leaves what fits, and tells what was cut and what was far too long', () => {
    expect(clipToGrid([0.5, -0.25], 1, 'L1')).toEqual({
      steps: [BOUND / 2n, -BOUND / 4n],
      clipped: false,
      heavily: false,
    });
    expect(clipToGrid([3, 4], 10, 'L2')).toMatchObject({ clipped: false });
    expect(clipToGrid([3, 4], 4, 'L2')).toMatchObject({ clipped: true, heavily: false });
    expect(clipToGrid([3, 4], 2, 'L2')).toMatchObject({ clipped: true, heavily: true });
    expect(clipToGrid([1e12], 1e-6, 'L1').steps).toEqual([BOUND]);
  });
});

describe('the scale of noise', () => {
  it('is sensitivity over epsilon for Laplace', () => {
    expect(laplaceScale({ epsilonMicros: 500_000, deltaPicos: 0 })).toEqual({
      above: SENSITIVITY * 1_000_000n,
      below: 500_000n,
    });
  });

  it('gives no more than epsilon and delta back for Gaussian', () => {
    const variance = Number(gaussianVariance(GAUSSIAN));
    const rho = Number(SENSITIVITY) ** 2 / (2 * variance);
    expect(rho + 2 * Math.sqrt(rho * Math.log(1 / 1e-5))).toBeLessThanOrEqual(1);
    expect(rho + 2 * Math.sqrt(rho * Math.log(1 / 1e-5))).toBeGreaterThan(0.9999);
  });

  it('is told with the release', () => {
    const { values, noiseDeviation } = release([[BOUND], [BOUND], [BOUND]], LAPLACE, seededRandom('told'));
    expect(values).toHaveLength(1);
    expect(noiseDeviation).toBeCloseTo((2 * Math.SQRT2) / 3, 6);
  });
});
