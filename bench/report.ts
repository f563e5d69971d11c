import os from 'node:os';
import type { Comparison } from './compare.ts';
import { SERVERS, type ServerName } from './contenders.ts';
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

const NAMES: Readonly<Record<ServerName, string>> = {
  polygraph: 'Polygraph, one process',
  overHttp: 'Polygraph over HTTP',
  vanilla: 'vanilla over HTTP',
};

function loadRows({ operation, concurrency, figures, cpuRatio }: Comparison): string[][] {
  return SERVERS.map((name) => {
    const { cpu, p50, p99, perSecond } = figures[name];
    const ratio = name === 'vanilla' ? '1' : cpuRatio[name].toFixed(2);
    return [operation, String(concurrency), NAMES[name], ms(cpu), ms(p50), ms(p99), perSecond.toFixed(1), ratio];
  });
}

function costRows(comparisons: readonly Comparison[]): string[][] {
  const once = comparisons.filter(({ concurrency }) => concurrency === 1);
  const rows = once.flatMap(({ operation, figures }) =>
    SERVERS.map((name) => {
      const { storeQueries, fetches, answerBytes } = figures[name];
      return [operation, NAMES[name], String(storeQueries), String(fetches), `${answerBytes} bytes`];
    }),
  );
  return [['OPERATION', 'SERVER', 'STORE QUERIES', 'FETCHES', 'ANSWER'], ...rows];
}

/** Other programs slow all servers alike: CPU and ratios say more than times on a machine that is busy. */
function machine(): string {
  const load = os.loadavg()[0] ?? 0;
  return `Node ${process.versions.node}, ${os.cpus().length} cores, load average ${load.toFixed(1)} at the end.`;
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
