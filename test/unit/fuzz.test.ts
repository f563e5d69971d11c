import { buildSchema, isObjectType, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { apiSchemaOf } from '#schema/api';
import { readSupergraph, SUBGRAPHS } from '#schema/subgraphs';
import { BETWEEN_TENANTS } from '#test/fuzz/between-tenants';
import { createCorpus } from '#test/fuzz/corpus';
import { createCoverage } from '#test/fuzz/coverage';
import { drawRepresentations, entityDoorOf, randomEntities } from '#test/fuzz/entities';
import { minimise, minimiseList } from '#test/fuzz/minimise';
import { drawVariables, randomOperation } from '#test/fuzz/operations';
import { pathToUnseen } from '#test/fuzz/paths';
import { createRandom } from '#test/fuzz/random';
import { createTurns } from '#test/fuzz/turns';
import { UNSTABLE } from '#test/fuzz/unstable';
import type { ValuePool } from '#test/fuzz/values';

const NOBODY: ValuePool = {
  own: new Map([['Content.id', new Set(['1'])]]),
  others: new Map(),
  words: ['x'],
  times: ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
};

describe('random operations', () => {
  const schema = apiSchemaOf(readSupergraph());

  test.each(['query', 'mutation'] as const)('are valid, whatever the seed: %s', (kind) => {
    for (let seed = 0; seed < 300; seed += 1) {
      const { text } = randomOperation({ schema, kind, pool: NOBODY, random: createRandom(seed) });
      expect(validate(schema, parse(text)), text).toEqual([]);
    }
  });

  test.each(SUBGRAPHS)('are valid as _entities of %s, too', (name) => {
    const door = entityDoorOf(name);
    if (!door) return;
    for (let seed = 0; seed < 100; seed += 1) {
      const { text } = randomEntities(door, { pool: NOBODY, random: createRandom(seed) });
      expect(validate(door.schema, parse(text)), text).toEqual([]);
      for (const one of drawRepresentations(door, text, NOBODY, createRandom(seed))) {
        expect(one).toMatchObject({ __typename: expect.any(String), id: expect.any(String) });
      }
    }
  });

  test('repeat themselves with the same seed', () => {
    const [first, second] = [1, 1].map((seed) => {
      const random = createRandom(seed);
      const operation = randomOperation({ schema, pool: NOBODY, random });
      return [operation.text, drawVariables(operation, NOBODY, random)];
    });
    expect(second).toEqual(first);
  });
});

test('each field has its turn', () => {
  const turns = createTurns();
  const random = createRandom(1);
  const fields = Array.from({ length: 20 }, (_, number) => `field${number}`);
  const picked = Array.from({ length: 60 }, () => turns.pick(fields, (field) => field, random));
  expect(new Set(picked).size).toBe(fields.length);
});

describe('a field that no answer has held yet', () => {
  const schema = apiSchemaOf(readSupergraph());
  const random = createRandom(1);

  test.each(['query', 'mutation'] as const)('is asked for by a valid operation of its own: %s', (kind) => {
    const coverage = createCoverage(schema, new Set());
    const turns = createTurns();
    for (let tries = 0; tries < 1_000; tries += 1) {
      const path = pathToUnseen({ schema, coverage, turns }, kind, random);
      const name = path?.at(-1)?.field.name ?? 'none';
      const { text } = randomOperation({ schema, kind, pool: NOBODY, random, turns, ...(path && { path }) });
      expect(validate(schema, parse(text)), text).toEqual([]);
      if (path) expect(text).toContain(name);
      for (const step of path ?? []) coverage.saw(`${step.parent.name}.${step.field.name}`);
      if (!path) return;
    }
    expect.unreachable('There always was one more.');
  });

  test.each([...UNSTABLE, ...BETWEEN_TENANTS])(
    'may be left out by name only where there is such a field: %s',
    (name) => {
      const [type = '', field = ''] = name.split('.');
      const parent = schema.getType(type);
      expect(isObjectType(parent) && parent.getFields()[field]).toBeTruthy();
    },
  );

  test('is none of the platform, which no tenant is answered with', () => {
    const { missing } = createCoverage(schema, new Set());
    expect(missing).not.toContain('Query.slowQueries');
    expect(missing).not.toContain('SlowQuery.text');
    expect(missing).toContain('Query.contents');
  });
});

test('what has been asked is asked again once enough is known', () => {
  const corpus = createCorpus<number>({ least: 5, most: 10, share: 0.1 });
  const random = createRandom(1);
  let made = 0;
  const asked = Array.from({ length: 100 }, () => corpus.next(() => made++, random));
  expect(asked.slice(0, 5).every(({ isNew }) => isNew)).toBe(true);
  expect(asked.filter(({ isNew }) => isNew)).toHaveLength(made);
  expect(made).toBeLessThan(30);
});

describe('minimising', () => {
  const schema = buildSchema('type Query { a(x: Int, y: Int): Query b: Int leak: Int }');

  test('leaves what fails and nothing else', async () => {
    const text = `query Q($x: Int, $y: Int) { b one: a(x: $x) { ...F b } a(y: $y) { b } }
      fragment F on Query { b ... on Query @include(if: true) { a(x: 1) { two: leak b } } }`;
    const fails = async (candidate: { text: string }): Promise<boolean> => candidate.text.includes('leak');
    const smallest = await minimise({ text, variables: { x: 1, y: 2 } }, { schema, fails });
    expect(smallest.text.replace(/\s+/g, ' ')).toBe('query Q { a { a { leak } } }');
    expect(smallest.variables).toEqual({});
  });

  test('leaves the steps that it takes', async () => {
    const steps = Array.from({ length: 30 }, (_, index) => index);
    const fails = async (some: readonly number[]): Promise<boolean> => some.includes(3) && some.includes(20);
    expect(await minimiseList(steps, fails)).toEqual([3, 20]);
  });
});
