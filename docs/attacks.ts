import { readdirSync, readFileSync } from 'node:fs';
import type { Attack } from '#test/isolation/attacks/table/attack';
import { ATTACKS } from '#test/isolation/attacks/table/index';
import { markdownTable } from './table.ts';

const ROOT = new URL('../', import.meta.url);
const OPERATIONS = 'test/isolation/attacks/';

/** docs/attacks.md, from the table of attacks and the tests that name their ids. */
export function renderAttacks(): string {
  const shown = testsById();
  const possible = ATTACKS.filter((attack) => shown.has(attack.id));
  const rows = possible.map((attack) => rowOf(attack, shown.get(attack.id) ?? []));
  const absent = ATTACKS.filter((attack) => !shown.has(attack.id));
  return `# Attacks

Generated from test/isolation/attacks/table and the tests by \`node bin/polygraph.mjs docs\`; do not edit.

${ATTACKS.length} attacks are listed, ${possible.length} of them are tried by \`npm test\`, and what must happen did. Where operations are named, each is sent
through the gateway and, past it, to the subgraph's own port with an assertion of the attacker's tenant, by a FREE, a
STANDARD, a PREMIUM and an ENTERPRISE tenant that knows every name and id of its victim (what is refused or taken as text
before the tier matters, by one of them). Every value of the victim holds a canary: a single byte of it in an answer, a
header, a trailer, an error, a line of the log or a metric fails the case (test/kit/canary.ts).

${markdownTable(['Id', 'Attack', 'What must happen', 'Sent to', 'Tiers', 'Shown by'], rows)}

## Not tried

${markdownTable(
  ['Id', 'Attack', 'What must happen', 'Why not'],
  absent.map(({ id, attack, must, absent: why = '' }) => [id, attack, must, why]),
)}
`;
}

function rowOf({ id, attack, must, sent, tiers }: Attack, files: readonly string[]): readonly string[] {
  const asOperation = files.some((file) => file.startsWith(OPERATIONS));
  const places = [...(asOperation ? ['gateway, subgraphs over HTTP'] : []), ...(sent ? [sent] : [])];
  return [
    id,
    attack,
    must,
    places.join('; '),
    asOperation ? 'all' : (tiers ?? ''),
    files.map((file) => `\`${file}\``).join(', '),
  ];
}

/** The files of tests, and of the operations that they send, in which an id is named outside of comments. */
export function testsById(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(new URL('test/', ROOT), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = `test/${file}`;
    if (!isTest(path)) continue;
    const code = withoutComments(readFileSync(new URL(path, ROOT), 'utf8'));
    for (const id of new Set(code.match(ID))) found.set(id, [...(found.get(id) ?? []), path]);
  }
  return found;
}

const isTest = (path: string): boolean =>
  path.endsWith('.test.ts') || (path.startsWith(OPERATIONS) && path.endsWith('.ts') && !path.includes('/table/'));

const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const ID = /\b(?:ME|PG|TI|MG|NJ|RD|GW|AU|CR|AL|GD|QT|FL|SH)-\d\d\b/g;
