import type { z } from 'zod';
import { SETTINGS } from '#platform/settings';
import { markdownTable } from './table.ts';

/** docs/settings.md, from the table in platform/settings.ts. */
export function renderSettings(): string {
  const rows = Object.entries(SETTINGS.shape).map(([name, schema]) => [
    `\`${name}\``,
    schema.description ?? '',
    defaultOf(schema),
  ]);
  return `# Settings

Generated from platform/settings.ts by \`node bin/polygraph.mjs docs\`; do not edit.

All settings are environment variables, read once at the start. A wrong one stops the start with a message that names it.
\`npm start\` on a machine without store URLs starts local stores and fills in the URLs, passwords and secrets marked
*required*; with \`NODE_ENV=production\` nothing is filled in.

${markdownTable(['Name', 'Meaning', 'Default'], rows)}
`;
}

function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return '*required*';
  if (parsed.data === undefined) return 'none';
  return `\`${typeof parsed.data === 'string' ? parsed.data : JSON.stringify(parsed.data)}\``;
}
