import { describe, expect, it } from 'vitest';
import {
  bernoulliExp,
  discreteGaussian,
  discreteLaplace,
  squareRoot,
} from '#subgraphs/relational/memory/federated/privacy/noise';
import { secureRandom } from '#subgraphs/relational/memory/federated/privacy/random';
import { chiSquare } from '#test/kit/goodness-of-fit';
import { seededRandom } from '#test/kit/seeded-random';

const SAMPLES = 200_000;
const draw = <T>(one: () => T): T[] => Array.from({ length: SAMPLES }, one);
const laplace = (t: number, s: number, seed: string): bigint[] => {
  const random = seededRandom(seed);
  return draw(() => discreteLaplace({ above: BigInt(t), below: BigInt(s) }, random));
};

describe(`noise, over ${SAMPLES} draws`, () => {
  it.each([
    [1, 1],
    [7, 2],
    [20, 3],
  ])('is discrete Laplace noise of scale %i/%i, exactly', (t, s) => {
    const { value, critical } = chiSquare(laplace(t, s, `laplace ${t}/${s}`), (x) => Math.exp((-x * s) / t));
    expect(value).toBeLessThan(critical);
  });

  it.each([1, 17, 300])('is discrete Gaussian noise of variance %i, exactly', (variance) => {
    const random = seededRandom(`gaussian ${variance}`);
    const draws = draw(() => discreteGaussian(BigInt(variance), random));
    const { value, critical } = chiSquare(draws, (x) => Math.exp((-x * x) / (2 * variance)));
    expect(value).toBeLessThan(critical);
  });

  it('of a slightly other scale would be noticed', () => {
    const { value, critical } = chiSquare(laplace(7, 2, 'other'), (x) => Math.exp((-x * 2) / 7.2));
    expect(value).toBeGreaterThan(critical);
  });

  it.each([
    [0n, 1n],
    [1n, 3n],
    [1n, 1n],
    [7n, 3n],
  ])('takes exp(-%i/%i) for what it is', (above, below) => {
    const random = seededRandom(`exp ${above}/${below}`);
    const share = draw(() => bernoulliExp({ above, below }, random)).filter(Boolean).length / SAMPLES;
    expect(Math.abs(share - Math.exp(-Number(above) / Number(below)))).toBeLessThan(4 / (2 * Math.sqrt(SAMPLES)));
  });
});

describe('a random source', () => {
  it('favours no number, where a remainder would', () => {
    const random = seededRandom('uniform');
    const draws = draw(() => random.below(3n));
    for (const n of [0n, 1n, 2n]) {
      expect(Math.abs(draws.filter((drawn) => drawn === n).length / SAMPLES - 1 / 3)).toBeLessThan(0.005);
    }
  });

  it('draws large numbers, also from the operating system', () => {
    const drawn = secureRandom().below(1n << 200n);
    expect(drawn < 1n << 200n).toBe(true);
    expect(secureRandom().below(1n << 200n)).not.toBe(drawn);
    expect(secureRandom().below(1n)).toBe(0n);
  });
});

it('takes square roots of whole numbers downwards', () => {
  for (const n of [0n, 1n, 2n, 3n, 4n, 15n, 16n, 17n, 10n ** 40n - 1n, 10n ** 40n]) {
    const root = squareRoot(n);
    expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true);
  }
});
