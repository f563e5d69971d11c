/** A value that is JSON already: a string while it is short, bytes when it is long, as each is sent fastest. */
export class JsonText {
  readonly content: string | Buffer;

  constructor(content: string | Buffer) {
    this.content = content;
  }
}

/** As JSON.stringify writes it. Most texts need no escape, and to see that is faster than to call it. */
export const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** Printable ASCII without the quote and the backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;
