import type { TenantsBench } from './index.ts';

/** As it stands in docs/benchmarks.md. */
export function reportTenants({ growth, memory }: TenantsBench): string {
  const costs = growth.map(({ tier, tenants, asked, p50, p95, pages, node, ratio }) => [
    ...[tier, String(tenants), asked, inMs(p50), inMs(p95), inMs(node), pages.toFixed(0)],
    ...[ratio.pages, ratio.server, ratio.node, ratio.p95].map((times) => times.toFixed(2)),
  ]);
  const kept = memory.map(({ tier, tenants, node, postgres, disk }) => [
    ...[tier, String(tenants), inKib(node), inKib(postgres), inKib(disk)],
  ]);
  return `\n${markdown(COSTS, costs)}\n\n${markdown(MEMORY, kept)}\n`;
}

const COSTS = [
  ...['tier', 'tenants', 'asked', 'p50', 'p95', 'CPU of Node', 'pages'],
  ...['pages by one', 'PostgreSQL by one', 'Node by one', 'p95 by one'],
];
const MEMORY = ['tier', 'tenants', 'Node', 'PostgreSQL', 'disk'];

const inMs = (milliseconds: number): string => `${milliseconds.toFixed(1)} ms`;
const inKib = (bytes: number): string => `${Math.round(bytes / 1_024)} KiB`;
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const markdown = (heading: readonly string[], rows: readonly string[][]): string =>
  [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
