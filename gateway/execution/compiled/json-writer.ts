import { JsonText } from './json.ts';

/**
 * Writes JSON as bytes into memory that is used again and again. Strings that
 * grow by `+=` are trees of tens of thousands of pieces by the time a large
 * answer is done: to flatten, measure and encode them took a quarter of its CPU.
 * One answer at a time: from `begin` to `end` nobody waits for anything.
 */
export class JsonWriter {
  #bytes: Buffer;
  readonly #initial: number;
  /** Where the next byte goes. Set back, it forgets what was written since. */
  at = 0;

  constructor(initialBytes = 65_536) {
    this.#initial = initialBytes;
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  begin(): void {
    this.at = 0;
  }

  end(): JsonText {
    const written = this.#bytes.subarray(0, this.at);
    const text = this.at <= SHORT ? JsonText.short(written.toString('utf8')) : JsonText.long(written);
    // One answer of many megabytes is no reason to hold as many from then on.
    if (this.#bytes.length > this.#initial * MOST_GROWTH) this.#bytes = Buffer.allocUnsafeSlow(this.#initial);
    return text;
  }

  /** @param code of an ASCII character */
  character(code: number): void {
    this.#reserve(1)[this.at++] = code;
  }

  /** Short text that is JSON already. */
  bytes(text: Uint8Array): void {
    const bytes = this.#reserve(text.length);
    let at = this.at;
    for (let read = 0; read < text.length; read += 1) bytes[at++] = text[read] as number;
    this.at = at;
  }

  string(text: string): void {
    if (text.length > LONG || !this.#shortString(text))
      this.json(PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));
  }

  /** The encoder of the platform beats a loop from some length on. @returns false where not all of it is plain ASCII */
  #shortString(text: string): boolean {
    const bytes = this.#reserve(text.length + 2);
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let read = 0; read < text.length; read += 1) {
      const code = text.charCodeAt(read);
      if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) return false;
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return true;
  }

  number(value: number): void {
    if (value >= 0 && value <= 999_999_999 && Number.isInteger(value)) this.#digits(value);
    else this.#ascii(String(value));
  }

  /** For a few characters, a loop is faster than the encoder. */
  #ascii(text: string): void {
    const bytes = this.#reserve(text.length);
    for (let read = 0; read < text.length; read += 1) bytes[this.at + read] = text.charCodeAt(read);
    this.at += text.length;
  }

  #digits(value: number): void {
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits += 1;
    const bytes = this.#reserve(digits);
    let rest = value;
    for (let at = this.at + digits - 1; at >= this.at; at -= 1) {
      bytes[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.at += digits;
  }

  /** JSON of any kind. */
  json(text: string): void {
    const bytes = this.#reserve(text.length * MOST_BYTES_A_UNIT);
    this.at += bytes.write(text, this.at, 'utf8');
  }

  #reserve(length: number): Buffer {
    if (this.at + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.at + length));
      this.#bytes.copy(larger, 0, 0, this.at);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Up to here node:http sends a string together with its headers. */
const SHORT = 4_096;
const LONG = 128;
/** What is held on to, as a multiple of what was taken first. */
const MOST_GROWTH = 16;
/** Of UTF-8, for each 16 bits of a string. */
const MOST_BYTES_A_UNIT = 3;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const TILDE = 0x7e;
const ZERO = 0x30;
/** Nothing in it is written otherwise in JSON. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;
