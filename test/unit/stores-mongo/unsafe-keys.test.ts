import { expect, test } from 'vitest';
import { storedValue } from '#stores/mongo/values';

test.each(['$where', '$set', 'a.b', '', '__proto__', 'constructor', 'prototype', 'a\0b'])(
  'MG-14 the key %j is refused, whatever its value',
  (key) => {
    const properties: unknown = JSON.parse(
      JSON.stringify([[key, 'a text']]).replace(/^\[\[(.*?),(.*)\]\]$/, '{$1:$2}'),
    );
    expect(() => storedValue('properties', { kind: 'json' }, properties)).toThrow('cannot have a key');
  },
);
