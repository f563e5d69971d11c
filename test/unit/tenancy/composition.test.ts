import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { composeTenantGraph, parseSubgraphFile } from '#schema/compose';
import { checkSupergraph, checkTenancy, printViolation, type SubgraphDefinition } from '#tenancy/composition/index';
import { readScopeRequirements } from '#tenancy/needs-scopes';

const CASES = new URL('./composition/', import.meta.url);
const DIRECTIVES = readFileSync(new URL('../../../schema/directives.graphql', import.meta.url), 'utf8');

describe('the composition rule', () => {
  test.each(readdirSync(CASES))('%s', async (name) => {
    const violations = checkTenancy(readCase(name), OPTIONS);
    const printed = violations.map((violation) => `${printViolation(violation)}\n`).join('') || 'Composes.\n';
    await expect(printed).toMatchFileSnapshot(fileURLToPath(new URL(`${name}/expected.txt`, CASES)));
  });

  test.each(readdirSync(CASES))('%s composes, or does not, as expected', (name) => {
    const expected = readFileSync(new URL(`${name}/expected.txt`, CASES), 'utf8');
    const compose = () => composeTenantGraph(readCase(name), OPTIONS);
    if (expected === 'Composes.\n') expect(checkSupergraph(compose())).toEqual([]);
    else expect(compose).toThrow(expected.trim());
  });

  test('notices a mark that a subgraph did not pass on', () => {
    const silent = readCase('accepted').map(({ name }) => ({
      name,
      typeDefs: parse(readCaseFile('accepted', name).replace('@composeDirective(name: "@tenantScoped")', '')),
    }));
    expect(() => composeTenantGraph(silent)).toThrow(/mark-lost-in-composition\] supergraph: Order/);
  });

  test('notices scopes that a subgraph did not pass on', () => {
    const silent = readCase('scopes-in-two-subgraphs').map(({ name }) => ({
      name,
      typeDefs: parse(
        readCaseFile('scopes-in-two-subgraphs', name).replace('@composeDirective(name: "@needsScopes")', ''),
      ),
    }));
    expect(() => composeTenantGraph(silent)).toThrow(/scopes-lost-in-composition\] a: Order\.total needs content:read/);
  });

  test('merges @needsScopes of two subgraphs with AND', () => {
    const supergraph = parse(composeTenantGraph(readCase('scopes-in-two-subgraphs')));
    expect(readScopeRequirements(supergraph).ofField('Order', 'total')).toEqual(['audit:read', 'content:read']);
  });

  test('asks for the scopes of what a field requires, over any chain', () => {
    const { ofField } = readScopeRequirements(
      parse(`type Order {
        total: Int @join__field(graph: A) @needsScopes(all: ["audit:read"])
        cost: Int @join__field(graph: B, requires: "total")
        margin: Int @join__field(graph: C, requires: "cost parts { ... on Part { price } }") @needsScopes(all: ["x"])
        parts: [Part]
      }
      interface Priced { price: Int @needsScopes(all: ["content:read"]) }
      type Part implements Priced { price: Int }`),
    );
    expect(ofField('Order', 'cost')).toEqual(['audit:read']);
    expect(ofField('Order', 'margin')).toEqual(['audit:read', 'content:read', 'x']);
    expect(ofField('Part', 'price')).toEqual(['content:read']);
    expect(ofField('Order', 'parts')).toEqual([]);
  });

  test('reads the files of another product, which need not define our directives', () => {
    const own = parseSubgraphFile('some/where/orders.graphql', 'type Query { orders: [Order] } type Order { id: ID }');
    expect(checkTenancy([own]).map(printViolation)).toEqual([expect.stringMatching(/orders: Order says neither/)]);
    expect(() => parseSubgraphFile('orders.graphql', 'type {')).toThrow(/orders\.graphql: Syntax Error/);
  });

  test('knows the scopes of another product where it is told them', () => {
    const typeDefs = parse(readCaseFile('unknown-scope', 'orders'));
    const scopes = checkTenancy([{ name: 'orders', typeDefs }]).flatMap(
      ({ message }) => message.match(/"(.+)"/)?.[1] ?? [],
    );
    expect(scopes).not.toEqual([]);
    expect(checkTenancy([{ name: 'orders', typeDefs }], { scopes })).toEqual([]);
  });
});

/** The scopes of the product that the cases are about. */
const OPTIONS = { scopes: ['audit:read', 'content:read'] };

function readCase(name: string): SubgraphDefinition[] {
  return readdirSync(new URL(`${name}/`, CASES))
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => file.replace('.graphql', ''))
    .map((subgraph) => ({ name: subgraph, typeDefs: parse(readCaseFile(name, subgraph)) }));
}

function readCaseFile(name: string, subgraph: string): string {
  return `${readFileSync(new URL(`${name}/${subgraph}.graphql`, CASES), 'utf8')}\n${DIRECTIVES}`;
}
