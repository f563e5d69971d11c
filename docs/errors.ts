import { ERRORS } from '#platform/errors';
import { markdownTable } from './table.ts';

/** docs/errors.md, from the catalogue in platform/errors.ts. */
export function renderErrors(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, cure }]) => [`\`${code}\``, String(status), cure]);
  return `# Errors

Generated from platform/errors.ts by \`node bin/polygraph.mjs docs\`; do not edit.

Every error of an answer has \`extensions.code\` from this table and \`extensions.cure\`, the last column. Where an error
decides the whole answer, the HTTP status is the one given; where it concerns some fields only, the status is 200, these
fields are null and the rest of the answer is good. No error says whether another tenant's thing exists, and none carries
a statement, a host or a stack.

${markdownTable(['Code', 'Status', 'What to do'], rows)}
`;
}
