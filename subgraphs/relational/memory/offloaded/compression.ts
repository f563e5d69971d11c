import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';

/**
 * Brotli, because Node 20 has no Zstandard. Each piece by itself: pieces arrive
 * in requests of their own, and one can be read without those before it. The
 * ratio is that of a whole text to within a few percent, as a piece is about as
 * large as the window.
 */
export function compress(text: Uint8Array): Promise<Buffer> {
  return pack(text, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
}

/** @param bytes how many it was made of: no more is unpacked. @throws RangeError of Node where there is more */
export function decompress(compressed: Uint8Array, bytes: number): Promise<Buffer> {
  return unpack(compressed, { maxOutputLength: bytes });
}

const pack = promisify(brotliCompress);
const unpack = promisify(brotliDecompress);
/** Five times as fast as 9, for two percent more bytes. */
const QUALITY = 6;
/** 1 MiB, the size of the largest piece. */
const WINDOW_BITS = 20;
