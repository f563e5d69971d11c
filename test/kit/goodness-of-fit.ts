/**
 * Pearson's chi-square of whole numbers against the distribution that they should have; what is too seldom for the test
 * is counted together.
 *
 * @param weight of x and of -x, for x at least 0: proportional to the probability, and falling
 * @returns the statistic, and what it exceeds once in a thousand runs where the distribution is right
 */
export function chiSquare(
  draws: readonly bigint[],
  weight: (x: number) => number,
): { value: number; critical: number } {
  const counts = new Map<number, number>();
  for (const draw of draws) counts.set(Number(draw), (counts.get(Number(draw)) ?? 0) + 1);
  let total = 0;
  for (let x = 0; weight(x) > 1e-18; x += 1) total += x === 0 ? weight(0) : 2 * weight(x);
  const expected = (x: number): number => (draws.length * weight(x)) / total;
  let [value, cells, seen, likely] = [0, 0, 0, 0];
  for (let x = 0; expected(x) >= SELDOM; x += 1) {
    for (const at of x === 0 ? [0] : [x, -x]) {
      const count = counts.get(at) ?? 0;
      value += (count - expected(x)) ** 2 / expected(x);
      [cells, seen, likely] = [cells + 1, seen + count, likely + expected(x)];
    }
  }
  const rest = draws.length - likely;
  value += (draws.length - seen - rest) ** 2 / rest;
  return { value, critical: critical(cells) };
}

/** Wilson and Hilferty, for p = 0.001. */
function critical(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 3.0902 * Math.sqrt(spread)) ** 3;
}

const SELDOM = 10;
