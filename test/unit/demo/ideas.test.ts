import { expect, test } from 'vitest';
import { audiencesOf, parentsOf } from '#operations/demo/ideas';

test('a compound is below its last word, where that is a topic too', () => {
  const parents = parentsOf(['schema', 'json-schema', 'strict-json-schema', 'lru-cache', 'graphql', 'graphql']);
  expect([...parents]).toEqual([
    ['json-schema', 'schema'],
    ['strict-json-schema', 'schema'],
  ]);
});

test('an audience is told by its first keyword', () => {
  expect(audiencesOf(['tiny', 'jwt', 'crypto', 'test'])).toEqual([
    { name: 'Security engineers', degree: 0.88 },
    { name: 'Testers', degree: 0.63 },
  ]);
  expect(audiencesOf([])).toEqual([]);
});
