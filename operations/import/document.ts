/**
 * One document as a source gives it, before a tenant takes it. Readers make
 * these; `importDocuments` adds the id and writes them.
 */
export interface SourceDocument {
  /** Unique in its source; `a-z`, `0-9` and single hyphens, at most 120 characters. */
  readonly slug: string;
  readonly title: string;
  readonly summary: string | null;
  /** Markdown as it was found, cut at a whole character where it is over the limit. */
  readonly body: string;
  readonly tags: readonly string[];
  readonly licence: string | null;
  readonly source: string | null;
  readonly keywords: readonly string[];
  readonly topics: readonly SourceTopic[];
  /** Slugs of documents of the same source that this one needs. */
  readonly dependencies: readonly string[];
  /** Absent where the source does not say it. */
  readonly publishedAt?: Date;
}

export interface SourceTopic {
  readonly name: string;
  /** Above 0, at most 1. */
  readonly relevance: number;
}

export type ContentStatus = 'DRAFT' | 'PUBLISHED' | 'ARCHIVED';

/** Title → slug; empty where nothing of the text can stand in a slug. */
export function slugOf(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 120)
    .replace(/-+$/, '');
}

/** Cuts text to so many bytes of UTF-8 without splitting a character; NUL, which PostgreSQL cannot hold, is dropped. */
export function capBytes(text: string, limit: number): string {
  const clean = text.replaceAll('\0', '');
  const bytes = Buffer.from(clean, 'utf8');
  if (bytes.length <= limit) return clean;
  let end = limit;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}

/** Of texts, each once, in the order first seen. */
export function unique<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
