import { expect, test } from 'vitest';
import { createReplayGuard } from '#tenancy/assertion/replay';

const LIFETIME = 15;

function guardAt(start: number) {
  const clock = { seconds: start };
  const guard = createReplayGuard(() => clock.seconds * 1_000);
  const spend = (nonce: string) => guard.spend(nonce, clock.seconds + LIFETIME);
  return { clock, guard, spend };
}

test('a nonce is refused as long as its assertion is valid, whenever that begins', () => {
  for (let start = 1_000; start < 1_080; start += 1) {
    const { clock, guard, spend } = guardAt(1_000);
    spend('the first, which begins a generation');
    clock.seconds = start;
    expect(spend('once')).toBe(true);
    const expires = start + LIFETIME;
    for (; clock.seconds <= expires + 5; clock.seconds += 1) {
      expect(guard.spend('once', expires), `used at ${start}, again at ${clock.seconds}`).toBe(false);
    }
  }
});

test('an assertion that would be valid longer than its nonce is remembered is refused', () => {
  const { clock, guard } = guardAt(1_000);
  expect(guard.spend('for a day', clock.seconds + 86_400)).toBe(false);
  expect(guard.spend('for a quarter of a minute', clock.seconds + LIFETIME)).toBe(true);
});
