import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import type { SearchablePart } from '../../generated/resolvers.ts';
import type { ExecutionContextRow } from '../contexts/contexts.ts';

/** What full text and vectors know of a content. Nothing where it is not to be in clear. */
export interface Findable {
  /** Its texts, one after the other. */
  readonly words: string;
  readonly embedder: string | null;
  /** As PostgreSQL writes a vector. */
  readonly embedding: string | null;
}

export const NOT_FINDABLE: Findable = { words: '', embedder: null, embedding: null };

/** @throws PolygraphError BAD_USER_INPUT or REQUEST_TOO_LARGE */
export function checkContent(content: unknown): object {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new PolygraphError('BAD_USER_INPUT', '`content` is a JSON object.', { facts: { field: 'content' } });
  }
  if (depthOf(content) > MAX_DEPTH) {
    throw new PolygraphError('BAD_USER_INPUT', `\`content\` is nested at most ${MAX_DEPTH} levels.`, {
      facts: { field: 'content', limit: MAX_DEPTH },
    });
  }
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > MAX_BYTES) {
    throw new PolygraphError('REQUEST_TOO_LARGE', `\`content\` has ${bytes} bytes; the limit is ${MAX_BYTES}.`, {
      facts: { field: 'content', limit: MAX_BYTES, given: bytes },
    });
  }
  return content;
}

export async function findableOf(content: object, embedder: Embedder): Promise<Findable> {
  const text = [...textsIn(content)].join('\n');
  // By characters, so that none is cut in two.
  const words = text.length > MAX_WORDS ? [...text].slice(0, MAX_WORDS).join('') : text;
  const [vector] = await embedder.embed([words]);
  // A vector without a direction is as near to one memory as to any other.
  if (!vector?.some((value) => value !== 0)) return { ...NOT_FINDABLE, words };
  return { words, embedder: embedder.name, embedding: `[${vector.join()}]` };
}

/** What of it a context lets stand in clear. */
export function inClear(
  { words, ...vector }: Findable,
  {
    encryptionEnabled,
    searchableWhenEncrypted,
  }: Pick<ExecutionContextRow, 'encryptionEnabled' | 'searchableWhenEncrypted'>,
): Findable {
  const mayShow = (part: SearchablePart): boolean => !encryptionEnabled || searchableWhenEncrypted.includes(part);
  return { ...NOT_FINDABLE, ...(mayShow('WORDS') ? { words } : {}), ...(mayShow('EMBEDDING') ? vector : {}) };
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* textsIn(inner);
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

const MAX_DEPTH = 16;
const MAX_BYTES = 65_536;
/** As the table takes. */
const MAX_WORDS = 20_000;
