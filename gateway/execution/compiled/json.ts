/** A value that is JSON already: a string while it is short, bytes when it is long, as each is sent fastest. */
export class JsonText {
  readonly content: string | Buffer;

  private constructor(content: string | Buffer) {
    this.content = content;
  }

  static short(text: string): JsonText {
    return new JsonText(text);
  }

  /** @param bytes are copied, with room for what `within` puts around them */
  static long(bytes: Uint8Array): JsonText {
    const room = Buffer.allocUnsafeSlow(ROOM_BEFORE + bytes.length + ROOM_AFTER);
    room.set(bytes, ROOM_BEFORE);
    return new JsonText(room.subarray(ROOM_BEFORE, ROOM_BEFORE + bytes.length));
  }

  /** The text between two others, in the memory where it is while they are as short as they mostly are, and ASCII. Call it once. */
  within(before: string, after: string): string | Buffer {
    const { content } = this;
    if (typeof content === 'string') return before + content + after;
    if (before.length > ROOM_BEFORE || after.length > ROOM_AFTER) {
      return Buffer.concat([Buffer.from(before), content, Buffer.from(after)]);
    }
    const start = content.byteOffset - before.length;
    const whole = Buffer.from(content.buffer, start, before.length + content.length + after.length);
    whole.write(before, 0, 'latin1');
    whole.write(after, before.length + content.length, 'latin1');
    return whole;
  }
}

/** For `{"data":` and `}`, with a line break, around an answer without errors and extensions. */
const ROOM_BEFORE = 8;
const ROOM_AFTER = 2;

/** As JSON.stringify writes it. Most texts need no escape, and to see that is faster than to call it. */
export const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** Printable ASCII without the quote and the backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;
