import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createCostEstimate } from '#gateway/admission/cost';
import { readPrices } from '#gateway/admission/prices';
import { readSettings } from '#platform/settings';
import { apiSchemaOf } from '#schema/api';
import { loadExamples } from '#schema/examples';
import { readSupergraph } from '#schema/subgraphs';

const schema = apiSchemaOf(readSupergraph());
const estimateCost = createCostEstimate(schema, readPrices(parse(readSupergraph())));

function estimate(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('The operation comes first.');
  return estimateCost(document, operation, variables);
}

describe('G8 the cost of an operation', () => {
  test('multiplies the sizes of lists, and counts one query for a type and level', () => {
    const { objects, queries, queryPoints } = estimate(
      '{ contents(first: 5) { nodes { title author { name } topics(first: 3) { nodes { name } } } } }',
    );
    // The connection, 5 documents, 5 authors, 5 connections of 3 topics.
    expect({ objects, queries, queryPoints }).toEqual({ objects: 1 + 5 + 5 + 5 + 15, queries: 3, queryPoints: 30 });
  });

  test.each([
    ['an argument', '{ contents(first: 40) { nodes { id } } }', {}, 41],
    ['a variable', 'query ($n: Int) { contents(first: $n) { nodes { id } } }', { n: 40 }, 41],
    ['the default of a variable', 'query ($n: Int = 40) { contents(first: $n) { nodes { id } } }', {}, 41],
    ['the default of the argument', '{ contents { nodes { id } } }', {}, 21],
    ['edges', '{ contents(first: 40) { edges { node { id } } } }', {}, 81],
    ['what @cost names', '{ content(id: "x") { performance(days: 40) { views } } }', {}, 41],
    ['no page below nothing', '{ contents(first: -5) { nodes { id } } }', {}, 2],
  ])('takes the size from %s', (_, text, variables, objects) => {
    expect(estimate(text, variables).objects).toBe(objects);
  });

  test('sees through fragments and aliases', () => {
    const plain = estimate('{ a: contents(first: 9) { nodes { id } } b: contents(first: 9) { nodes { id } } }');
    const spread = estimate(
      '{ ...A ...B } fragment A on Query { a: contents(first: 9) { ...N } } fragment B on Query { b: contents(first: 9) { ...N } } fragment N on ContentConnection { nodes { id } }',
    );
    expect(spread).toEqual(plain);
  });

  test('weighs what @cost says is heavy', () => {
    const light = estimate('{ contents(first: 2) { nodes { id } } }').queryPoints;
    const heavy = estimate('{ searchContents(text: "x", first: 2) { edges { node { id } } } }').queryPoints;
    expect([light, heavy]).toEqual([10, 30]);
  });

  test('lets every saved operation pass with the default limits', () => {
    const { MAX_OBJECTS, COST_PER_MINUTE } = readSettings(LEAST);
    for (const { query, variables } of loadExamples()) {
      const { objects, points } = estimate(query, { ...variables });
      expect(objects).toBeLessThan(MAX_OBJECTS / 10);
      expect(points).toBeLessThan(COST_PER_MINUTE / 1_000);
    }
  });
});

const LEAST = {
  DATABASE_URL: 'postgres://a/b',
  MONGODB_URL: 'mongodb://a/b',
  REDIS_URL: 'redis://a',
  NEO4J_URL: 'bolt://a',
  NEO4J_PASSWORD: 'nobody-home',
  POLYGRAPH_SECRETS: 'a secret of thirty-two characters or more',
};
