import { readFileSync } from 'node:fs';
import { type ConstDirectiveNode, Kind, parse, print, valueFromASTUntyped } from 'graphql';
import { describe, expect, test } from 'vitest';

/** What the generated engine of @neo4j/graphql must not be asked to do, as its newest releases do it wrong. */
const SDL = readFileSync(new URL('../../../subgraphs/knowledge/types.graphql', import.meta.url), 'utf8');
const types = parse(SDL).definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION);
const nodes = types.filter(({ directives = [] }) => directives.some(({ name }) => name.value === 'node'));
const rulesOf = (directives: readonly ConstDirectiveNode[] = []) =>
  directives.filter(({ name }) => name.value === 'authorization');

describe('the rules of the graph', () => {
  test('stand on every node', () => {
    expect(nodes.length).toBeGreaterThan(5);
    expect(nodes.filter(({ directives }) => rulesOf(directives).length !== 1).map(({ name }) => name.value)).toEqual(
      [],
    );
  });

  test('NJ-07 use no quantifier over relationships', () => {
    const rules = nodes.flatMap(({ directives }) => rulesOf(directives)).map(print);
    expect(rules.filter((rule) => /\b(none|some|all|single)\b/i.test(rule))).toEqual([]);
  });

  test('NJ-08 rely neither on @cypher nor on @authentication', () => {
    expect(SDL.replace(/#.*$/gm, '')).not.toMatch(/@cypher|@authentication/);
  });

  test('NJ-09 compare the caller with one condition, and one only', () => {
    for (const { name, directives } of nodes) {
      const [rule] = rulesOf(directives);
      const filter: unknown = rule?.arguments?.[0] ? valueFromASTUntyped(rule.arguments[0].value) : undefined;
      expect(JSON.stringify(filter).match(/\$jwt/g), name.value).toHaveLength(1);
      expect(filter, name.value).toMatchObject([{ where: { node: { tenantId: { eq: '$jwt.tenantId' } } } }]);
    }
  });
});
