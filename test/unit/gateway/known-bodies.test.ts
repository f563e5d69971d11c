import { expect, test, vi } from 'vitest';
import { isRemembered, rememberBodies } from '#gateway/delivery/known-bodies';

test('a body that comes often is parsed twice and then the same object, frozen to its last value', () => {
  const parse = vi.fn(JSON.parse);
  const read = rememberBodies(parse);
  const text = '{"query":"{ me { id } }","variables":{"filter":{"ids":["1"]}}}';
  const [first, second, third, fourth] = [read(text), read(text), read(text), read(text)];
  expect(parse).toHaveBeenCalledTimes(2);
  expect(first).not.toBe(third);
  expect([third, fourth]).toEqual([second, second]);
  expect(third).toBe(fourth);
  expect(isRemembered(third as object)).toBe(true);
  expect(() => (third as { variables: { filter: { ids: string[] } } }).variables.filter.ids.push('2')).toThrow(
    TypeError,
  );
});

test.each([
  ['a body that came once', ['{"query":"a"}']],
  ['a long one', Array<string>(3).fill(JSON.stringify({ query: 'a'.repeat(2_000) }))],
  ['one that others pushed out', ['{"query":"a"}', '{"query":"b"}', '{"query":"c"}', '{"query":"a"}']],
])('%s is not kept', (_, texts) => {
  const read = rememberBodies(JSON.parse, { max: 2 });
  const last = texts.map(read).at(-1) as object;
  expect(isRemembered(last)).toBe(false);
});

test('what cannot be read is refused however often it comes', () => {
  const read = rememberBodies(JSON.parse);
  for (let turn = 0; turn < 4; turn += 1) expect(() => read('{"query":')).toThrow(SyntaxError);
});
