/** Texts as vectors: near ones are about the same. */
export interface Embedder {
  /** Stands beside each vector; vectors of different embedders are never compared. */
  readonly name: string;
  embed(texts: readonly string[]): Promise<readonly Vector[]>;
}

/** 384 numbers, of length 1 or all zero. */
export type Vector = readonly number[];
export const DIMENSIONS = 384;

/**
 * The embedder that needs no model: words and parts of words, hashed into the dimensions. It finds what shares words,
 * their beginnings or their misspellings, and knows nothing of meaning. The same text is always the same vector.
 */
export function createLexicalEmbedder(): Embedder {
  return { name: 'lexical-hashing-1', embed: async (texts) => texts.map(hashed) };
}

/** What is embedded of a document. The title counts most: it says what the rest is about. */
export const textOfDocument = (title: string, summary: string, body: string): string =>
  `${title}\n${title}\n${title}\n${summary}\n${summary}\n${body.slice(0, MOST_BODY)}`;

function hashed(text: string): Vector {
  const counts = new Map<string, number>();
  const add = (part: string, weight: number): void => void counts.set(part, (counts.get(part) ?? 0) + weight);
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]{2,40}/gu)) {
    if (COMMON.has(word)) continue;
    add(word, 1);
    const framed = `^${word}$`;
    for (let at = 0; at + 3 <= framed.length; at += 1) add(framed.slice(at, at + 3), 0.25);
  }
  const vector = new Array<number>(DIMENSIONS).fill(0);
  for (const [part, count] of counts) {
    const hash = fnv1a(part);
    const at = hash % DIMENSIONS;
    // Signs let what falls together cancel out instead of adding up; the logarithm tames what is repeated.
    vector[at] = (vector[at] ?? 0) + (hash & 0x40000000 ? 1 : -1) * Math.log1p(count);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

const MOST_BODY = 20_000;
/** Say nothing of what a text is about. */
const COMMON = new Set(
  'the and for with that this from are was you your can will not all any but has have its our out use used using when which into also more than then they their there what who how may'.split(
    ' ',
  ),
);
