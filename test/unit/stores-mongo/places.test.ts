import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import type { PlaceSeen } from '#stores/mongo/places/record';
import { createPlaceWatch } from '#stores/mongo/places/watch';

const TENANT = '00000000-0000-4000-8000-00000000000a';
const TIMINGS = { everyMs: 400, writeLeaseMs: 1_200, readLeaseMs: 3_000, patienceMs: 5_000 };
const where = (place: string) => Promise.resolve(place);

afterEach(() => vi.useRealTimers());

/** A watch on a clock that only the test moves. */
function watching() {
  vi.useFakeTimers();
  const places = new Map<string, PlaceSeen>();
  const told: [string, boolean][] = [];
  const server = { looks: 0, away: false, places, told };
  const watch = createPlaceWatch({
    async look() {
      server.looks += 1;
      if (server.away) throw new Error('away');
      return new Map(places);
    },
    tellBusy: async (tenantId, busy) => void told.push([tenantId, busy]),
    timings: TIMINGS,
  });
  onTestFinished(() => watch.close());
  return { ...server, server, watch };
}

it('asks once for many commands, and again while anybody works', async () => {
  const { watch, server } = watching();
  await Promise.all([watch.reading(TENANT, where), watch.writing(TENANT, where), watch.reading(TENANT, where)]);
  expect(server.looks).toBe(1);
  await vi.advanceTimersByTimeAsync(850);
  expect(server.looks).toBe(3);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.looks).toBeLessThan(16);
});

it('lets nobody write on the word of a look that is over its lease, and reads a little longer', async () => {
  const { watch, server } = watching();
  expect(await watch.writing(TENANT, where)).toBe('shared');
  server.away = true;
  await vi.advanceTimersByTimeAsync(1_300);
  await expect(watch.writing(TENANT, where)).rejects.toThrow('away');
  expect(await watch.reading(TENANT, where)).toBe('shared');
  await vi.advanceTimersByTimeAsync(1_800);
  await expect(watch.reading(TENANT, where)).rejects.toThrow('away');
});

it('does not take a look for fresh because a clock was set back or stood still', async () => {
  const { watch, server } = watching();
  await watch.writing(TENANT, where);
  server.away = true;
  vi.setSystemTime(Date.now() + 10_000);
  await expect(watch.writing(TENANT, where)).rejects.toThrow('away');
});

it('keeps writers waiting where it is closed, lets them in where it opens, and lets reads through', async () => {
  const { watch, places } = watching();
  places.set(TENANT, { where: 'shared', state: 'closed' });
  const written = watch.writing(TENANT, where);
  expect(await watch.reading(TENANT, where)).toBe('shared');
  await vi.advanceTimersByTimeAsync(2_000);
  places.set(TENANT, { where: 'own', state: 'open' });
  await vi.advanceTimersByTimeAsync(100);
  expect(await written).toBe('own');
});

it('refuses writers whose patience ends, and none of another tenant', async () => {
  const { watch, places } = watching();
  places.set(TENANT, { where: 'shared', state: 'closed' });
  const refused = expect(watch.writing(TENANT, where)).rejects.toMatchObject({ code: 'TENANT_MOVING' });
  expect(await watch.writing('another', where)).toBe('shared');
  await vi.advanceTimersByTimeAsync(5_200);
  await refused;
});

it('tells of a write that had begun before it was closed, until it has ended', async () => {
  const { watch, places, told } = watching();
  let end = (_: string): void => undefined;
  const long = watch.writing(TENANT, () => new Promise<string>((resolve) => (end = resolve)));
  await vi.advanceTimersByTimeAsync(10);
  places.set(TENANT, { where: 'shared', state: 'closed' });
  await vi.advanceTimersByTimeAsync(500);
  expect(told).toEqual([[TENANT, true]]);
  end('done');
  expect(await long).toBe('done');
  expect(told).toEqual([
    [TENANT, true],
    [TENANT, false],
  ]);
});

/** A write that ends when the test says so. */
function slowWrite(watch: ReturnType<typeof watching>['watch']) {
  let end = (): void => undefined;
  const written = watch.writing(TENANT, (place) => new Promise<string>((resolve) => (end = () => resolve(place))));
  return { written, end: () => end() };
}

it('does not acknowledge a write that took so long that the documents may be elsewhere', async () => {
  const { watch, server, places } = watching();
  await watch.writing(TENANT, where);
  const { written, end } = slowWrite(watch);
  const refused = expect(written).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  server.away = true;
  await vi.advanceTimersByTimeAsync(10_000);
  server.away = false;
  places.set(TENANT, { where: 'own', state: 'open' });
  end();
  await refused;
});

it('acknowledges a slow write where the place is as it was', async () => {
  const { watch } = watching();
  await watch.writing(TENANT, where);
  const { written, end } = slowWrite(watch);
  await vi.advanceTimersByTimeAsync(10_000);
  end();
  expect(await written).toBe('shared');
});
