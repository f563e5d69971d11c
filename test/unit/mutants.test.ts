import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from '#test/mutants/index';
import { applyChange, mutate } from '#test/mutants/mutant';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

describe('each wall of the list', () => {
  test.each(MUTANTS.map((mutant) => [mutant.id, mutant] as const))(
    '%s is where the mutant looks for it',
    (_, mutant) => {
      for (const [file, text] of mutate(mutant, read)) expect(text).not.toBe(read(file));
      for (const file of mutant.tests) expect(existsSync(new URL(file, ROOT)), file).toBe(true);
    },
  );

  test('has a name of its own', () => {
    const ids = MUTANTS.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test('that another covers is also taken away together with it', () => {
    const pairs = MUTANTS.flatMap(({ together }) => (together ? [together] : []));
    const alone = MUTANTS.filter(
      ({ id, coveredBy }) =>
        coveredBy && !pairs.some((pair) => pair.includes(id) && coveredBy.every((other) => pair.includes(other))),
    );
    expect(alone.map(({ id }) => id)).toEqual([]);
  });
});

test('a text that is not there once is no mutant', () => {
  const change = { file: 'a.ts', text: 'wall', instead: '' };
  expect(applyChange('a wall b', change)).toBe('a  b');
  expect(() => applyChange('a', change)).toThrow('a.ts has 0 times');
  expect(() => applyChange('wall wall', change)).toThrow('a.ts has 2 times');
});
