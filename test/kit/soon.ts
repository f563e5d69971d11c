import { expect } from 'vitest';

/**
 * Waits until what is asked is answered so, and sees that whoever asked later than so many milliseconds from now was. How
 * long an answer takes plays no part: a busy machine makes it late, and what is believed does not depend on it.
 */
export async function expectWithin<T>(ms: number, ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<void> {
  const since = performance.now();
  const asked: number[] = [];
  const askOnce = async (): Promise<boolean> => {
    asked.push(performance.now());
    return isSo(await ask());
  };
  await expect.poll(askOnce, { interval: 20 }).toBe(true);
  const lastInVain = asked.at(-2) ?? since;
  expect(lastInVain - since).toBeLessThan(ms);
}
