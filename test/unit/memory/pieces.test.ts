import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compress, decompress } from '#subgraphs/relational/memory/offloaded/compression';
import { cutIntoPieces } from '#subgraphs/relational/memory/offloaded/input';

test('a text is cut between characters, into pieces that are the text again', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
      fc.integer({ min: 4, max: 40 }),
      (text, most) => {
        const pieces = [...cutIntoPieces(Buffer.from(text), most)];
        expect(pieces.map((piece) => piece.toString('utf8')).join('')).toBe(Buffer.from(text).toString('utf8'));
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(most);
          expect(piece.length).toBeGreaterThan(0);
          expect(Buffer.from(piece.toString('utf8'))).toEqual(piece);
        }
      },
    ),
  );
});

test('what is unpacked is no larger than what was packed', async () => {
  const text = Buffer.from('again '.repeat(10_000));
  const packed = await compress(text);
  expect(packed.length).toBeLessThan(100);
  expect(await decompress(packed, text.length)).toEqual(text);
  await expect(decompress(packed, text.length - 1)).rejects.toThrow();
});
