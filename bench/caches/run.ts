import os from 'node:os';
import { table } from '#operations/cli/table';
import { median, percentile, type Round } from '../load.ts';
import { type CacheBench, type CachedRound, runCacheBench } from './index.ts';

/** `npm run bench:caches -- SECONDS ROUNDS CONCURRENCY` */
const [seconds = 3, rounds = 3, concurrency = 10] = process.argv.slice(2).map(Number);
const progress = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const result = await runCacheBench({ seconds, rounds, concurrency, progress });
process.stdout.write(`\n${report(result)}\n`);

function report({ rounds: measured, outage }: CacheBench): string {
  const groups = new Map<string, CachedRound[]>();
  for (const one of measured) {
    const name = `${one.operation}|${one.cache}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const rows = [...groups].map(([name, some]) => {
    const ratios = some.flatMap(({ hitRatio }) => (hitRatio === undefined ? [] : [hitRatio]));
    return [...name.split('|'), share(ratios), ...figures(some.map(({ round }) => round))];
  });
  const heading = ['CPU A REQUEST', 'P50', 'P99', 'A SECOND'];
  return [
    `${os.cpus().length} cores, load average ${(os.loadavg()[0] ?? 0).toFixed(1)} at the end, ${concurrency} at a time.`,
    table([['OPERATION', 'CACHE', 'HITS', ...heading], ...rows]),
    table([
      ['REDIS', 'REQUESTS', 'ERRORS', 'HITS', ...heading],
      ...outage.map(({ redis, round, errors, hitRatio }) => [
        ...[redis, String(round.requests), String(errors), share(hitRatio === undefined ? [] : [hitRatio])],
        ...figures([round]),
      ]),
    ]),
  ].join('\n\n');
}

/** @param ratios of rounds; none where nothing was looked for */
function share(ratios: readonly number[]): string {
  return ratios.length > 0 ? `${(100 * median(ratios)).toFixed(1)} %` : '';
}

function figures(some: readonly Round[]): string[] {
  const of = (value: (round: Round) => number): number => median(some.map(value));
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return [
    ms(of(({ cpuMsPerRequest }) => cpuMsPerRequest)),
    ms(of(({ latencies }) => percentile(latencies, 0.5))),
    ms(of(({ latencies }) => percentile(latencies, 0.99))),
    of(({ requests, seconds: took }) => requests / took).toFixed(1),
  ];
}
