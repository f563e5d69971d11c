import { expect, test } from 'vitest';
import { median, percentile, runRound } from '#bench/load';
import { report } from '#bench/report';
import { table } from '#operations/cli/table';

test('percentiles are values that occurred', () => {
  const sorted = Array.from({ length: 100 }, (_, at) => at + 1);
  expect([percentile(sorted, 0.5), percentile(sorted, 0.99), percentile(sorted, 1)]).toEqual([51, 100, 100]);
  expect(median([9, 1, 5])).toBe(5);
});

test('a round counts each request once and shares the CPU of all processes among them', async () => {
  let [sent, underWay, most] = [0, 0, 0];
  const send = async (): Promise<void> => {
    sent += 1;
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise(setImmediate);
    underWay -= 1;
  };
  const round = await runRound({ name: 'fake', send, cpuMs: async () => sent * 3 }, 0.02, 4);
  expect(round).toMatchObject({ requests: sent, cpuMsPerRequest: 3 });
  expect(round.latencies).toHaveLength(sent);
  expect(most).toBe(4);
});

test('a round in which one answer is wrong has no figures', async () => {
  const send = () => Promise.reject(new Error('not the answer'));
  await expect(runRound({ name: 'fake', send, cpuMs: async () => 0 }, 1, 2)).rejects.toThrow('not the answer');
});

test('the report names all servers, their cost and the ratio', () => {
  const figures = { cpu: 10, p50: 20, p99: 30, perSecond: 50, storeQueries: 8, fetches: 4, answerBytes: 99 };
  const comparison = {
    operation: 'op',
    concurrency: 1,
    figures: { polygraph: figures, overHttp: { ...figures, cpu: 15 }, vanilla: { ...figures, cpu: 20 } },
    cpuRatio: { polygraph: 0.5, overHttp: 0.75, vanilla: 1 },
  };
  const text = report({ comparisons: [comparison], starts: { cold: 40_000, warm: 9_000 } }, table);
  expect(text).toMatch(/op +1 +Polygraph, one process +10\.0 ms +20\.0 ms +30\.0 ms +50\.0 +0\.50\n/);
  expect(text).toMatch(/op +1 +Polygraph over HTTP +15\.0 ms .* 0\.75\n/);
  expect(text).toMatch(/op +1 +vanilla over HTTP +20\.0 ms/);
  expect(text).toMatch(/op +Polygraph, one process +8 +4 +99 bytes/);
  expect(text).toMatch(/cold, empty folder +40\.0 s/);
});
