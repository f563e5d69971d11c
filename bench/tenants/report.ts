import type { TenantsBench } from './index.ts';

/** As it stands in docs/benchmarks.md. */
export function reportTenants({ growth, memory }: TenantsBench): string {
  const costs = growth.map(({ tier, tenants, asked, p50, p95, pages, ratio }) => [
    ...[tier, String(tenants), asked, `${p50.toFixed(1)} ms`, `${p95.toFixed(1)} ms`, pages.toFixed(0)],
    ...[ratio.pages.toFixed(2), ratio.server.toFixed(2), ratio.p95.toFixed(2)],
  ]);
  const kept = memory.map(({ tier, tenants, node, postgres, disk }) => [
    ...[tier, String(tenants), inKib(node), inKib(postgres), inKib(disk)],
  ]);
  return `\n${markdown(COSTS, costs)}\n\n${markdown(MEMORY, kept)}\n`;
}

const COSTS = ['tier', 'tenants', 'asked', 'p50', 'p95', 'pages', 'pages by one', 'PostgreSQL by one', 'p95 by one'];
const MEMORY = ['tier', 'tenants', 'Node', 'PostgreSQL', 'disk'];

const inKib = (bytes: number): string => `${Math.round(bytes / 1_024)} KiB`;
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const markdown = (heading: readonly string[], rows: readonly string[][]): string =>
  [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
