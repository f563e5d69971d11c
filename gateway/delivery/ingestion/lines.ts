/** One line of a stream, without its end. */
export interface Line {
  /** From 1; empty lines count and are not handed out. */
  readonly number: number;
  /** Undefined where the line is longer than allowed: then nothing of it was kept. */
  readonly bytes: Buffer | undefined;
}

/** Splits a stream at line feeds, never holding more than one line and one chunk. Whoever takes no line stops the sender. */
export async function* readLines(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;

  const add = (part: Buffer): void => {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else parts = [];
  };
  const end = (): Line | undefined => {
    const line = { number, bytes: length > maxBytes ? undefined : withoutReturn(Buffer.concat(parts)) };
    number += 1;
    parts = [];
    length = 0;
    return line.bytes?.length === 0 ? undefined : line;
  };

  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, at));
      from = at + 1;
      const line = end();
      if (line) yield line;
    }
    add(chunk.subarray(from));
  }
  const last = end();
  if (last) yield last;
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === RETURN ? line.subarray(0, -1) : line);

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
