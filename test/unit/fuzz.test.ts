import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { apiSchemaOf } from '#schema/api';
import { composeSupergraph } from '#schema/compose';
import { randomQuery } from '#test/fuzz/operations';
import { createRandom } from '#test/fuzz/random';

const POOL = { ids: ['1'], texts: ['x'], cursors: ['y'], times: ['2026-01-01T00:00:00.000Z'] };

describe('random operations', () => {
  const schema = apiSchemaOf(composeSupergraph());

  test('are valid, whatever the seed', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const { query } = randomQuery({ schema, pool: POOL, random: createRandom(seed) });
      expect(validate(schema, parse(query)), query).toEqual([]);
    }
  });

  test('repeat themselves with the same seed', () => {
    const [first, second] = [1, 1].map((seed) => randomQuery({ schema, pool: POOL, random: createRandom(seed) }));
    expect(second).toEqual(first);
  });
});
