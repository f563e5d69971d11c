import { type SourceTopic, slugOf, unique } from './document.ts';

/** What the rule looks at; `group` is the npm scope or the folder of a document. */
export interface TopicFacts {
  readonly keywords: readonly string[];
  readonly group?: string | undefined;
  readonly description?: string | undefined;
}

/** How many documents of a source mention each topic; words of fewer than two documents are no topics. */
export type Vocabulary = ReadonlyMap<string, number>;

const MOST_TOPICS = 8;
const GROUP_RELEVANCE = 0.6;
const DESCRIPTION_RELEVANCE = 0.4;

/**
 * The rule that makes topics of keywords:
 * a keyword (or group) that at least two documents share is a topic. Its
 * relevance falls from 1 to 0.5 with its place among the keywords, is 0.6 for
 * the group and 0.4 for a word of the description, and is lowered by up to 40 %
 * the more documents share it, since a word that all share says little.
 *
 * @param documents how many there are; where absent, relevance is not lowered, so that
 *   one document more does not change all others
 */
export function topicsOf(facts: TopicFacts, vocabulary: Vocabulary, documents?: number): SourceTopic[] {
  const candidates = new Map<string, number>();
  const offer = (name: string, relevance: number): void => {
    if (vocabulary.has(name) && !candidates.has(name)) candidates.set(name, relevance);
  };
  const keywords = keywordsOf(facts.keywords);
  keywords.forEach((name, place) => {
    offer(name, 1 - (0.5 * place) / keywords.length);
  });
  if (facts.group) offer(normalise(facts.group), GROUP_RELEVANCE);
  for (const word of wordsOf(facts.description ?? '')) offer(word, DESCRIPTION_RELEVANCE);

  return [...candidates]
    .map(([name, relevance]) => ({
      name,
      relevance: rounded(relevance * (1 - 0.4 * commonness(vocabulary.get(name) ?? 1, documents))),
    }))
    .sort((a, b) => b.relevance - a.relevance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_TOPICS);
}

export function vocabularyOf(documents: Iterable<TopicFacts>): Vocabulary {
  const counts = new Map<string, number>();
  for (const { keywords, group } of documents) {
    const names = new Set(keywordsOf(keywords));
    if (group) names.add(normalise(group));
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map([...counts].filter(([name, count]) => count >= 2 && !SAYS_NOTHING.has(name)));
}

/** Normalised keywords: lower case, hyphens, one spelling for each idea, no single letters, each once, in order. */
export function keywordsOf(keywords: readonly string[]): string[] {
  return unique(keywords.map(normalise).filter((name) => name.length >= 2 && name.length <= 40 && !/^\d+$/.test(name)));
}

function normalise(word: string): string {
  const name = slugOf(word.replaceAll('+', 'p').replaceAll('#', '-sharp'));
  return SAME_IDEA.get(name) ?? name;
}

/** Words of four letters and more: shorter ones of a sentence are seldom what it is about. */
function wordsOf(text: string): string[] {
  return keywordsOf(text.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= 4));
}

/** 0 for a topic of two documents, 1 for one of all. */
function commonness(mentions: number, documents = 0): number {
  return documents <= 2 ? 0 : Math.min(1, Math.log(mentions / 2) / Math.log(documents / 2));
}

const rounded = (relevance: number): number => Math.round(relevance * 100) / 100;

const SAME_IDEA: ReadonlyMap<string, string> = new Map([
  ['node-js', 'node'],
  ['nodejs', 'node'],
  ['js', 'javascript'],
  ['ts', 'typescript'],
  ['postgresql', 'postgres'],
  ['regexp', 'regex'],
  ['mongo', 'mongodb'],
  ['schemas', 'schema'],
  ['parser', 'parse'],
  ['parsing', 'parse'],
  ['streams', 'stream'],
  ['types', 'type'],
]);

/** Shared by many and about nothing: kept as keywords, refused as topics. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  'is',
  'of',
  'to',
  'in',
  'on',
  'no',
  'the',
  'and',
  'for',
  'with',
  'from',
  'get',
  'has',
  'set',
  'fast',
  'simple',
  'easy',
  'tiny',
  'small',
  'lightweight',
  'modern',
  'check',
  'util',
  'utils',
  'utility',
  'utilities',
  'helper',
  'helpers',
  'lib',
  'library',
  'module',
  'modules',
  'package',
  'npm',
  'node',
  'javascript',
  'es5',
  'es6',
  'es7',
  'es2015',
  'es2016',
  'es2017',
  'which',
  'open',
  'core',
  'value',
  'data',
  'native',
  'any',
  'all',
  'using',
  'code',
]);
