import { expect, test, vi } from 'vitest';
import { createRounds } from '#platform/rounds';

test('rounds that are stopped wait for the one under way, and begin no other', async () => {
  let finish = (): void => undefined;
  const work = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const rounds = createRounds(work, 1);
  rounds.start();
  const ended = vi.fn();
  const stopping = rounds.stop().then(ended);
  await Promise.resolve();
  expect(ended).not.toHaveBeenCalled();
  finish();
  await stopping;
  expect(work).toHaveBeenCalledTimes(1);
});

test('they do not wait for ever', async () => {
  const rounds = createRounds(() => new Promise(() => {}), 1, 5);
  rounds.start();
  await rounds.stop();
});
