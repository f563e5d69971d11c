import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { OffloadInput } from '../../generated/resolvers.ts';
import { check, tags, text } from '../../input.ts';

/** A text with its facts, checked. */
export type OffloadFacts = z.output<typeof FACTS>;

/** @throws PolygraphError BAD_USER_INPUT that names the field */
export const checkFacts = (input: OffloadInput): OffloadFacts => check(FACTS, input);

/** @returns the bytes of one piece. @throws PolygraphError BAD_USER_INPUT or REQUEST_TOO_LARGE */
export function checkPiece(given: string): Buffer {
  const bytes = Buffer.from(given, 'utf8');
  if (bytes.length === 0) throw new PolygraphError('BAD_USER_INPUT', '`text` is empty.', { facts: { field: 'text' } });
  if (bytes.length <= MOST_PIECE_BYTES) return bytes;
  throw new PolygraphError(
    'REQUEST_TOO_LARGE',
    `\`text\` has at most ${MOST_PIECE_BYTES} bytes at a time; use \`beginOffload\` and send it in pieces.`,
    { facts: { limit: MOST_PIECE_BYTES, given: bytes.length } },
  );
}

/** @param limit in bytes; of the tenant's tier, or what was agreed with it */
export function checkWhole(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new PolygraphError(
    'LIMIT_EXCEEDED',
    `An offloaded context has at most ${limit} bytes here; it would have ${bytes}.`,
    {
      facts: { limit, given: bytes },
    },
  );
}

/** Cuts between characters: each piece is text by itself. */
export function* cutIntoPieces(bytes: Buffer, most = MOST_PIECE_BYTES): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(from + most, bytes.length);
    // Within a character its bytes begin with the bits 10.
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    yield bytes.subarray(from, to);
    from = to;
  }
}

export const MOST_PIECE_BYTES = 1_000_000;

const FACTS = z.object({
  contextId: z.uuid('is no id of an execution context').transform((id) => id.toLowerCase()),
  key: text(200).pipe(z.string().min(1, 'is empty')),
  title: text(300).pipe(z.string().min(1, 'is empty')),
  tags: tags.nullish().transform((given) => given ?? []),
});
