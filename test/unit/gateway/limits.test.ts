import fc from 'fast-check';
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createLimits } from '#gateway/admission/limits';
import { measureDocument } from '#gateway/admission/measure';
import { PolygraphError } from '#platform/errors';

/** The defaults. 500 fields over four subgraphs plan in about 0.4 s; the largest saved operation has 33, introspection 230. */
const SETTINGS = {
  NODE_ENV: 'test',
  MAX_DEPTH: 15,
  MAX_ALIASES: 30,
  MAX_TOKENS: 5_000,
  MAX_DIRECTIVES: 50,
  MAX_ROOT_FIELDS: 20,
  MAX_FIELDS: 500,
} as const;

/** @returns the code of the refusal and the milliseconds of CPU it took, which a busy machine does not stretch */
function refusalOf(query: string, settings: Parameters<typeof createLimits>[0] = SETTINGS) {
  const check = createLimits(settings);
  const began = process.cpuUsage();
  const cpu = () => process.cpuUsage(began).user / 1_000;
  try {
    check(query);
    return { code: 'ADMITTED', ms: cpu() };
  } catch (error) {
    return { code: error instanceof PolygraphError ? error.code : String(error), ms: cpu() };
  }
}

const nested = (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
/** Fragments that each spread the next one twice: 2^n fields from n lines. */
const bomb = (count: number) =>
  `{ ...F0 } ${times(count, (i) => `fragment F${i} on Query { a { ...F${i + 1} ...F${i + 1} } }`)} fragment F${count} on Query { b }`;

describe('GW-08 limits', () => {
  test.each([
    ['depth', nested(16)],
    ['depth in fragments', `{ ...F } fragment F on Query ${nested(16)}`],
    ['aliases', `{ ${times(19, (i) => `a${i}: a { b${i}: b c${i}: c }`)} }`],
    ['tokens', `{ a { ${times(5_000, () => 'b')} } }`],
    ['directives', `{ a { ${times(51, () => 'b @skip(if: false)')} } }`],
    ['directives at one place', `{ a ${times(6, () => '@skip(if: false)')} }`],
    ['directives of nobody', `{ a ${times(51, (i) => `@d${i}`)} }`],
    ['root fields', `{ ${times(21, () => 'a')} }`],
    ['repeated fields', `{ a { ${times(500, () => 'b')} } }`],
    ['multiplying fragments (GW-09)', bomb(12)],
    ['a second operation', `query A { a } query B ${nested(16)}`],
    ['circular introspection', `{ __schema { types { ${'fields { type { '.repeat(7)} name ${'} }'.repeat(7)} } } }`],
    ['brackets without end', `{ a(b: ${'['.repeat(4_000)}`],
  ])('refuse too much of %s within 50 ms', (_, query) => {
    refusalOf(query);
    const { code, ms } = refusalOf(query);
    expect(code).toBe('LIMIT_EXCEEDED');
    expect(ms).toBeLessThan(50);
  });

  test('admit what is at the limit, and the introspection of every tool', () => {
    expect(refusalOf(nested(15)).code).toBe('ADMITTED');
    expect(refusalOf(`{ ${times(20, () => 'a')} }`).code).toBe('ADMITTED');
    expect(refusalOf(getIntrospectionQuery()).code).toBe('ADMITTED');
  });

  test('leave syntax errors and cycles to those who explain them', () => {
    expect(refusalOf('{ a {').code).toBe('ADMITTED');
    expect(refusalOf('{ ...A } fragment A on Query { ...B } fragment B on Query { a { ...A } }').code).toBe('ADMITTED');
  });

  test('GW-10 keep the schema to itself in production', () => {
    const production = { ...SETTINGS, NODE_ENV: 'production' } as const;
    expect(refusalOf('{ __schema { types { name } } }', production).code).toBe('NOT_SUPPORTED');
    expect(refusalOf('{ ...F } fragment F on Query { __type(name: "Query") { name } }', production).code).toBe(
      'NOT_SUPPORTED',
    );
    expect(refusalOf('{ a { __typename } }', production).code).toBe('ADMITTED');
  });
});

/** A selection set as a tree; each node says whether it is written in place, as an inline fragment or as a named one. */
const tree = (levels: number): fc.Arbitrary<Node> =>
  fc.record({
    alias: fc.boolean(),
    directive: fc.boolean(),
    form: fc.constantFrom('plain', 'inline', 'named'),
    children: levels === 0 ? fc.constant([]) : fc.array(tree(levels - 1), { maxLength: 3 }),
  });

interface Node {
  alias: boolean;
  directive: boolean;
  form: string;
  children: Node[];
}

test('an operation measures the same inline and through fragments', () => {
  fc.assert(
    fc.property(fc.array(tree(3), { minLength: 1, maxLength: 4 }), (nodes) => {
      const written = write(nodes, false);
      const spread = write(nodes, true);
      expect(measureDocument(parse(spread))).toEqual(measureDocument(parse(written)));
    }),
    { numRuns: 200 },
  );
});

function write(nodes: readonly Node[], useFragments: boolean): string {
  const fragments: string[] = [];
  const print = ({ alias, directive, form, children }: Node): string => {
    const below = children.length > 0 ? ` { ${children.map(print).join(' ')} }` : '';
    const field = `${alias ? 'x: ' : ''}f${directive ? ' @include(if: true)' : ''}${below}`;
    if (!useFragments || form === 'plain') return field;
    if (form === 'inline') return `... on T { ${field} }`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on T { ${field} }`);
    return `...${name}`;
  };
  const body = nodes.map(print).join(' ');
  return [`{ ${body} }`, ...fragments].join('\n');
}
