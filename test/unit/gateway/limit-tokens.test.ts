import { expect, test } from 'vitest';
import { createLimits } from '#gateway/admission/limits';

const LIMITS = {
  NODE_ENV: 'test',
  MAX_DEPTH: 15,
  MAX_ALIASES: 30,
  MAX_TOKENS: 5_000,
  MAX_DIRECTIVES: 50,
  MAX_ROOT_FIELDS: 20,
  MAX_FIELDS: 500,
} as const;

test('GW-08 a long list in an argument is too many tokens, though it is one field', () => {
  const check = createLimits(LIMITS);
  const listOf = (count: number): string => `{ a(b: [${'1 '.repeat(count)}]) }`;
  expect(() => check(listOf(4_900))).not.toThrow();
  expect(() => check(listOf(5_000))).toThrow('more than 5000 tokens');
});
