import type { SourceDocument } from '#operations/import/document';

/** A question and the documents that answer it: those that bore the keyword before it was taken off them. */
export interface Label {
  readonly query: string;
  /** Slugs. */
  readonly relevant: ReadonlySet<string>;
}

/**
 * Keywords that 4 to 15 documents share become questions, and are taken off every document: keywords, tags and the topics
 * of that name. What is left to find them by are their words, what else they are about, and what stands near to them.
 */
export function holdOut(
  documents: readonly SourceDocument[],
  questions: number,
): { labels: readonly Label[]; documents: readonly SourceDocument[] } {
  const bearers = new Map<string, string[]>();
  for (const { slug, keywords } of documents) {
    for (const keyword of new Set(keywords.map(normal))) bearers.set(keyword, [...(bearers.get(keyword) ?? []), slug]);
  }
  const labels = [...bearers]
    .filter(([, slugs]) => slugs.length >= 4 && slugs.length <= 15)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const every = Math.max(1, Math.floor(labels.length / questions));
  const chosen = labels.filter((_, index) => index % every === 0).slice(0, questions);
  const held = new Set(chosen.map(([keyword]) => keyword));
  const kept = (name: string): boolean => !held.has(normal(name));
  return {
    labels: chosen.map(([query, slugs]) => ({ query: query.replaceAll('-', ' '), relevant: new Set(slugs) })),
    documents: documents.map((document) => ({
      ...document,
      keywords: document.keywords.filter(kept),
      tags: document.tags.filter(kept),
      topics: document.topics.filter(({ name }) => kept(name)),
    })),
  };
}

/** Normalised discounted cumulative gain of the first ten: 1 where all relevant documents come first. */
export function ndcg(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  const gain = (place: number): number => 1 / Math.log2(place + 2);
  const found = ranked.slice(0, TOP).reduce((sum, slug, place) => sum + (relevant.has(slug) ? gain(place) : 0), 0);
  const best = Array.from({ length: Math.min(TOP, relevant.size) }, (_, place) => gain(place));
  return found / best.reduce((sum, value) => sum + value, 0);
}

const TOP = 10;
const normal = (name: string): string => name.toLowerCase().replace(/[\s_]+/g, '-');
