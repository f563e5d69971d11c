import os from 'node:os';
import type { Comparison, Figures } from './compare.ts';
import type { BenchResult } from './index.ts';

type Table = (rows: readonly (readonly string[])[]) => string;

/** @param table lays rows out as columns, the first as heading */
export function report({ starts, comparisons, memory }: BenchResult, table: Table): string {
  const parts = [machine()];
  if (starts) {
    parts.push(
      table([
        ['START', 'TO READY'],
        ['cold, empty folder', seconds(starts.cold)],
        ['warm', seconds(starts.warm)],
      ]),
    );
  }
  if (comparisons.length > 0)
    parts.push(table([LOAD_HEADING, ...comparisons.flatMap(loadRows)]), table(costRows(comparisons)));
  if (memory) {
    parts.push(
      table([
        ['MEMORY AFTER THE ROUNDS', 'PROCESSES', 'RSS'],
        ...memory.map(({ name, processes, rssBytes }) => [name, String(processes), `${Math.round(rssBytes / 1e6)} MB`]),
      ]),
    );
  }
  return `\n${parts.join('\n\n')}\n`;
}

const LOAD_HEADING = ['OPERATION', 'AT ONCE', 'SERVER', 'CPU A REQUEST', 'P50', 'P99', 'A SECOND', 'CPU RATIO'];

function loadRows({ operation, concurrency, polygraph, vanilla, cpuRatio }: Comparison): string[][] {
  const row = (name: string, figures: Figures, ratio: string): string[] => [
    ...[operation, String(concurrency), name],
    ...[ms(figures.cpu), ms(figures.p50), ms(figures.p99), figures.perSecond.toFixed(1), ratio],
  ];
  return [row('Polygraph', polygraph, cpuRatio.toFixed(2)), row('vanilla', vanilla, '1')];
}

function costRows(comparisons: readonly Comparison[]): string[][] {
  const once = comparisons.filter(({ concurrency }) => concurrency === 1);
  return [
    ['OPERATION', 'SERVER', 'STORE QUERIES', 'FETCHES', 'ANSWER'],
    ...once.flatMap(({ operation, polygraph, vanilla }) =>
      Object.entries({ Polygraph: polygraph, vanilla }).map(([name, { storeQueries, fetches, answerBytes }]) => [
        ...[operation, name, String(storeQueries), String(fetches), `${answerBytes} bytes`],
      ]),
    ),
  ];
}

/** Other programs slow both servers alike: CPU and ratios say more than times on a machine that is busy. */
function machine(): string {
  const load = os.loadavg()[0] ?? 0;
  return `Node ${process.versions.node}, ${os.cpus().length} cores, load average ${load.toFixed(1)} at the end.`;
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
