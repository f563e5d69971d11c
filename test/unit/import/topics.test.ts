import { expect, test } from 'vitest';
import { keywordsOf, topicsOf, vocabularyOf } from '#operations/import/topics';

const DOCUMENTS = [
  { keywords: ['GraphQL', 'server', 'only-here'], group: 'apollo', description: 'A server for graphql' },
  { keywords: ['graphql', 'client'], group: 'apollo', description: 'A client' },
  { keywords: ['client', 'http', 'node.js'], description: 'Talks HTTP to a server' },
  { keywords: ['server', 'nodejs', 'fast'], description: 'A fast one' },
];
const VOCABULARY = vocabularyOf(DOCUMENTS);

test('a topic is a keyword or group that two documents share, unless it says nothing', () => {
  expect([...VOCABULARY.keys()].sort()).toEqual(['apollo', 'client', 'graphql', 'server']);
});

test('the first keyword weighs most, then later ones, the group, and words of the description', () => {
  const [first] = DOCUMENTS;
  expect(topicsOf(first ?? { keywords: [] }, VOCABULARY, 4)).toEqual([
    { name: 'graphql', relevance: 1 },
    { name: 'server', relevance: 0.83 },
    { name: 'apollo', relevance: 0.6 },
  ]);
  expect(topicsOf(DOCUMENTS[2] ?? { keywords: [] }, VOCABULARY, 4)).toEqual([
    { name: 'client', relevance: 1 },
    { name: 'server', relevance: 0.4 },
  ]);
});

test('a topic of many documents weighs less than one of few', () => {
  const vocabulary = new Map([
    ['common', 100],
    ['rare', 2],
  ]);
  const of = (word: string) => topicsOf({ keywords: [word] }, vocabulary, 100)[0]?.relevance;
  expect(of('rare')).toBe(1);
  expect(of('common')).toBe(0.6);
});

test('keywords are spelt one way, without letters and numbers alone', () => {
  expect(keywordsOf(['Node.js', 'nodejs', 'X', '42', 'C++', 'Type  Safe', ''])).toEqual(['node', 'cpp', 'type-safe']);
});
