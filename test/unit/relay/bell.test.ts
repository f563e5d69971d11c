import { it } from 'vitest';
import { createBell } from '#operations/relay/bell';

it('does not lose a ring that comes while nobody waits', async () => {
  const bell = createBell();
  bell.ring();
  await bell.wait(600_000);
  const waiting = bell.wait(600_000);
  bell.ring();
  await waiting;
});
