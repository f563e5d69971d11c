import { readFileSync } from 'node:fs';
import { loadExamples } from '#schema/examples';
import { markdownTable } from './table.ts';

/** docs/operations.md, from the saved operations and what a test has counted for each (test/golden/store-queries.txt). */
export function renderOperations(): string {
  const [head = [], ...counted] = readFileSync(COUNTS, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const titles = new Map(loadExamples().map(({ name, title }) => [name, title]));
  const rows = counted.map(([name = '', ...counts]) => [
    `[\`${name}\`](../schema/examples/${name}.graphql)`,
    titles.get(name) ?? '',
    ...counts,
  ]);
  return `# What an operation asks of the stores

Generated from schema/examples and test/golden/store-queries.txt by \`node bin/polygraph.mjs docs\`; do not edit.

How many statements each store receives for one saved operation, and how many fetches the gateway sends to subgraphs. The
counts are those of a test (\`test/behaviour/query-counts.test.ts\`): it pins them for each operation, finds them the same
for the three demo tenants of three tiers, and the same for lists of 2 and of 20 on every level of the operation. Where it
says \`waits\`, the outbox is asked until the relay is done. Any answer tells its own counts: send \`x-polygraph-trace: 1\`.

${markdownTable(['Operation', 'What it shows', ...head.slice(1)], rows)}
`;
}

const COUNTS = new URL('../test/golden/store-queries.txt', import.meta.url);
