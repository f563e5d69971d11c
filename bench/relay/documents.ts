import { randomInt, randomUUID } from 'node:crypto';
import type { ImportedContent } from '#subgraphs/relational/contents/import';

/** A document of two hundred words, three topics of two hundred and five keywords of five hundred. */
export function someDocument(): ImportedContent {
  const id = randomUUID();
  return {
    ...{ id, slug: id, title: `Document ${words(4)}`, summary: words(20), body: words(200), tags: [] },
    ...{ licence: null, source: null, authorId: null, status: 'DRAFT', dependencies: [] },
    topics: some(3, 200, 'topic').map((name) => ({ name, relevance: 0.5 })),
    keywords: some(5, 500, 'keyword'),
  };
}

const words = (count: number): string => some(count, 5_000, 'word').join(' ');

function some(count: number, of: number, kind: string): string[] {
  return Array.from({ length: count }, () => `${kind}${randomInt(of)}`);
}
