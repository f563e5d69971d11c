import { expect, test } from 'vitest';
import { JsonWriter } from '#gateway/execution/compiled/json-writer';
import { createRandom } from '../../../fuzz/random.ts';

const written = (write: (out: JsonWriter) => void, initialBytes?: number): string => {
  const out = new JsonWriter(initialBytes);
  out.begin();
  write(out);
  return out.end().content.toString();
};

const CHARACTERS = ['a', '"', '\\', '\n', '\u0000', '\u001f', '\u007f', 'é', '\u2028', '😀', '\ud800', '\udfff', '/'];
const random = createRandom(1);
const text = (length: number) => Array.from({ length }, () => random.pick(CHARACTERS)).join('');

test('texts are written as JSON.stringify writes them, whatever their length', () => {
  for (const length of [0, 1, 5, 127, 128, 129, 1_000]) {
    for (const one of ['a'.repeat(length), text(length), `${'a'.repeat(length)}é`]) {
      expect(written((out) => out.string(one), 4)).toBe(JSON.stringify(one));
    }
  }
});

test.each([0, -0, 1, 9, 10, 99, 100, 999_999_999, 1_000_000_000, -7, 0.5, 1e21, 2 ** 53, Number.MIN_VALUE])(
  'the number %s is written as JSON.stringify writes it',
  (value) => {
    expect(written((out) => out.number(value), 1)).toBe(JSON.stringify(value));
  },
);

test('what was written since is forgotten, and what comes after a large answer is whole', () => {
  const out = new JsonWriter(8);
  const answers = ['x'.repeat(100_000), 'short', 'é'.repeat(5_000)].map((value) => {
    out.begin();
    out.string(value);
    const { at } = out;
    out.json('"forget me"');
    out.at = at;
    return out.end();
  });
  expect(answers.map(({ content }) => JSON.parse(content.toString()).length)).toEqual([100_000, 5, 5_000]);
  expect(answers.map(({ content }) => typeof content)).toEqual(['object', 'string', 'object']);
});

test.each([
  ['{"data":', '}\n'],
  ['{"errors":[{"message":"é"}],"data":', '}\n'],
  ['{"data":', ',"extensions":{"a":"é"}}\n'],
])('an answer, short or long, stands whole between %j and %j', (before, after) => {
  for (const value of ['short', 'é'.repeat(5_000)]) {
    const out = new JsonWriter(8);
    out.begin();
    out.string(value);
    const text = out.end();
    out.begin();
    out.string('another answer, in the same memory');
    expect(text.within(before, after).toString()).toBe(`${before}${JSON.stringify(value)}${after}`);
  }
});
