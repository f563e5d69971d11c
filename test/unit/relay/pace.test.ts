import { describe, expect, it } from 'vitest';
import { backOff, createPace } from '#operations/relay/pace';

describe('the pace of a relay', () => {
  it('waits longer after each failure, then lets one lane probe, and returns to full speed with a success', () => {
    let now = 0;
    const pace = createPace({
      concurrency: 4,
      batchSize: 64,
      baseMs: 100,
      maxMs: 300,
      now: () => now,
      random: () => 0,
    });
    expect(pace.lanes()).toBe(4);
    for (const wait of [100, 200, 300, 300]) {
      pace.down();
      now += wait - 1;
      expect(pace.lanes()).toBe(0);
      now += 1;
      expect(pace.lanes()).toBe(1);
    }
    pace.up();
    expect(pace.lanes()).toBe(4);
  });

  it('halves the batch with each failure, never below one, and doubles it with each success', () => {
    const pace = createPace({ concurrency: 1, batchSize: 20 });
    const batchAfter = (move: 'up' | 'down') => {
      pace[move]();
      return pace.batch();
    };
    expect(['down', 'down', 'down', 'down', 'down', 'down'].map(() => batchAfter('down'))).toEqual([10, 5, 2, 1, 1, 1]);
    expect([1, 2, 3, 4, 5, 6].map(() => batchAfter('up'))).toEqual([2, 4, 8, 16, 20, 20]);
  });

  it('takes up to half of a wait off at random', () => {
    const wait = (random: number) => backOff(2, { baseMs: 100, maxMs: 10_000, random: () => random });
    expect([wait(0), wait(0.5), wait(1)]).toEqual([400, 300, 200]);
  });
});
