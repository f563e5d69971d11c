import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { composeTenantGraph } from '#schema/compose';
import { checkSupergraph, checkTenancy, type SubgraphDefinition } from '#tenancy/composition/index';
import { readScopeRequirements } from '#tenancy/needs-scopes';

const CASES = new URL('./composition-cases/', import.meta.url);
const DIRECTIVES = readFileSync(new URL('../../../schema/directives.graphql', import.meta.url), 'utf8');

describe('the composition rule', () => {
  test.each(readdirSync(CASES))('%s', (name) => {
    const violations = checkTenancy(readCase(name));
    expect(violations.map(({ rule, subgraph, where }) => `${rule} ${subgraph} ${where}\n`).join('')).toBe(
      readFileSync(new URL(`${name}/expected.txt`, CASES), 'utf8'),
    );
  });

  test('composes what it accepts, and the marks reach the supergraph', () => {
    const supergraph = composeTenantGraph(readCase('accepted'));
    expect(checkSupergraph(supergraph)).toEqual([]);
  });

  test('says subgraph, type and cure when it refuses', () => {
    expect(() => composeTenantGraph(readCase('unmarked-type'))).toThrow(
      /orders: Order says neither @tenantScoped nor @global\.\n\s+Add @tenantScoped to Order/,
    );
  });

  test('notices a mark that a subgraph did not pass on', () => {
    const silent = readCase('accepted').map(({ name }) => ({
      name,
      typeDefs: parse(readCaseFile('accepted', name).replace('@composeDirective(name: "@tenantScoped")', '')),
    }));
    expect(() => composeTenantGraph(silent)).toThrow(/mark-lost-in-composition\] supergraph: Order/);
  });

  test('merges @needsScopes of two subgraphs with AND', () => {
    const supergraph = parse(composeTenantGraph(readCase('scopes-in-two-subgraphs')));
    expect(readScopeRequirements(supergraph).get('Order.total')).toEqual(['audit:read', 'content:read']);
  });
});

function readCase(name: string): SubgraphDefinition[] {
  return readdirSync(new URL(`${name}/`, CASES))
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => file.replace('.graphql', ''))
    .map((subgraph) => ({ name: subgraph, typeDefs: parse(readCaseFile(name, subgraph)) }));
}

function readCaseFile(name: string, subgraph: string): string {
  return `${readFileSync(new URL(`${name}/${subgraph}.graphql`, CASES), 'utf8')}\n${DIRECTIVES}`;
}
