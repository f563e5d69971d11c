import os from 'node:os';
import { writeSection } from '#docs/section';
import { CONTENDERS } from './contenders.ts';
import { type GatewayBench, LOADS, type LoadName } from './index.ts';

/** The figures as Markdown, for the terminal and for docs/benchmarks.md. */
export function reportGateways({ awake, figures, sizes, rssBytes }: GatewayBench): string {
  const tables = sizes.map(({ operation, answerBytes }) => {
    const own = figures.filter((one) => one.operation === operation);
    const rows = own.map(({ load, contender, cpu, cheaper, p50, p99 }) => [
      ...[LOADS[load as LoadName], CONTENDERS[contender].label, `${cpu.toFixed(3)} ms`, `${cheaper.toFixed(1)}x`],
      ...[p50, p99].map((value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`),
    ]);
    return `#### ${operation}: ${answerBytes} bytes\n\n${markdown([HEADING, ...rows])}`;
  });
  const rest = Object.entries(rssBytes).map(([name, bytes]) => [
    CONTENDERS[name as keyof typeof CONTENDERS].label,
    `${Math.round(bytes / 1e6)} MB`,
    ...sizes.map(({ fetches }) => String(fetches[name])),
  ]);
  const last = markdown([
    ['gateway', 'RSS after all rounds', ...sizes.map(({ operation }) => `fetches, ${operation}`)],
    ...rest,
  ]);
  return [machine(awake), ...tables, '#### Memory and fetches', last].join('\n\n');
}

/** Replaces the table of the former run of its kind. */
export const writeToDocs = (table: string, awake: boolean): Promise<void> =>
  writeSection('benchmarks.md', awake ? 'bench:gateway:awake' : 'bench:gateway', table);

const HEADING = ['load', 'gateway', 'CPU a request', 'cheaper than vanilla', 'p50', 'p99'];

function markdown([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

function machine(awake: boolean): string {
  const [cpu] = os.cpus();
  const load = (os.loadavg()[0] ?? 0).toFixed(1);
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${os.cpus().length} cores (${cpu?.model.trim() || 'unknown'}), load average ${load} at the end${awake ? ', of which each core’s spinner is one' : ''}.`;
}
