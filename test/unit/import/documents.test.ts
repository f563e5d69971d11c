import { expect, test } from 'vitest';
import { capBytes, slugOf } from '#operations/import/document';
import { hashFraction, uuidV5 } from '#operations/import/ids';

test('a slug holds letters, digits and single hyphens only', () => {
  expect(slugOf('  Façade & Größe: v2.0!  ')).toBe('facade-gro-e-v2-0');
  expect(slugOf('@apollo/server')).toBe('apollo-server');
  expect(slugOf('日本')).toBe('');
  expect(slugOf(`${'x'.repeat(119)}-yz`)).toHaveLength(119);
});

test('a body is cut at a whole character and loses what PostgreSQL cannot hold', () => {
  expect(capBytes('a€b', 3)).toBe('a');
  expect(capBytes('a€b', 4)).toBe('a€');
  expect(capBytes('a\0b', 10)).toBe('ab');
  expect(capBytes('short', 5)).toBe('short');
});

test('an id is UUID version 5 as RFC 9562 says', () => {
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});

test('a hashed fraction depends on its parts alone and keeps them apart', () => {
  expect(hashFraction('a', 1)).toBe(hashFraction('a', 1));
  expect(hashFraction('a', 'b1')).not.toBe(hashFraction('ab', '1'));
  const drawn = Array.from({ length: 1000 }, (_, n) => hashFraction('spread', n));
  expect(drawn.filter((value) => value < 0.5).length).toBeGreaterThan(450);
  expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
});
