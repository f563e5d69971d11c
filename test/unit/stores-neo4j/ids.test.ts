import { expect, it } from 'vitest';
import { namedNode } from '#stores/neo4j/ids';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';

it('gives one id to one name, however it is spaced and cased', () => {
  const node = namedNode(A, 'Topic', 'Machine Learning');
  expect(namedNode(A, 'Topic', '  machine\t LEARNING ').id).toBe(node.id);
  expect(node).toMatchObject({ name: 'Machine Learning', slug: 'machine-learning' });
});

it('gives version 5 UUIDs that differ by tenant, label and name', () => {
  const ids = [
    namedNode(A, 'Topic', 'x'),
    namedNode(B, 'Topic', 'x'),
    namedNode(A, 'Keyword', 'x'),
    namedNode(A, 'Topic', 'y'),
  ].map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
