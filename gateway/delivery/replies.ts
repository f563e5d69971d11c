import { type ServerResponse, STATUS_CODES, validateHeaderValue } from 'node:http';
import { KEEP_ALIVE_SECONDS } from './http-server.ts';

/** What is sent. The same object may be sent to several: who joined an operation gets the answer of who began it. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/**
 * Sends a reply. @param own headers for this receiver alone, name and value in turns; names are ours
 * @throws TypeError for a value that would end its line
 */
export type SendReply = (response: ServerResponse, own: readonly string[], reply: Reply) => void;

/**
 * Answers whose headers are nearly all the same. node:http checks, lowers and joins each header of each answer, and
 * writes its head, its body and its end as three; with the dozen headers that bind browsers that is a fifth of the CPU
 * of a small operation. What is the same becomes text once, and a small answer is one write.
 *
 * `_header` and `_headerSent` are no documented names, though as old as node:http and read by half of all middleware;
 * `replies.test.ts` compares what is sent with what `writeHead` and `end` send, and a connection that ends goes by them.
 */
export function createReplies(fixed: Readonly<Record<string, string>>): SendReply {
  const headers = Object.entries(fixed).flat();
  const prepare = createPreparation(linesOf(headers));
  return (response, own, reply) => {
    if (!response.shouldKeepAlive || response.req.httpVersion !== '1.1' || !isOfNodeHttp(response)) {
      const { status, contentType, body } = reply;
      const length = ['content-type', contentType, 'content-length', String(Buffer.byteLength(body))];
      response.writeHead(status, headers.concat(own, length)).end(body);
      return;
    }
    const { before, after, small, encoding } = prepare(reply);
    const head = `${before}${linesOf(own)}${after}`;
    response.statusCode = reply.status;
    response._header = head;
    // What waits behind the answer to an earlier request has no socket yet.
    if (small === undefined || !response.socket?.writable) {
      response.end(reply.body, encoding);
      return;
    }
    response._headerSent = true;
    response.socket.write(head + small, 'latin1');
    response.end();
  };
}

/** A reply on a connection that stays: all of it but what is its receiver's own. */
interface Prepared {
  readonly before: string;
  readonly after: string;
  /** The body, where it goes into one write with its head: to copy a large one costs more than a second write. */
  readonly small: string | undefined;
  /** What is one byte a character is copied as it is; as UTF-8 it would be looked through once more. */
  readonly encoding: 'latin1' | 'utf8';
}

/** Remembers the last: those who share an answer are sent it one after the other, and a map would cost all others more. */
function createPreparation(lines: string): (reply: Reply) => Prepared {
  const openings = new Map<number, string>();
  const openingOf = (status: number): string => {
    const known = openings.get(status);
    if (known !== undefined) return known;
    const made = flat(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${lines}`);
    openings.set(status, made);
    return made;
  };
  const endingOf = createEnding();
  const last: { reply?: Reply | undefined; ending: string; prepared?: Prepared } = { ending: '' };
  return (reply) => {
    const ending = endingOf();
    if (last.prepared && last.reply === reply && last.ending === ending) return last.prepared;
    const { status, contentType, body } = reply;
    const length = Buffer.byteLength(body);
    const encoding = length === body.length ? 'latin1' : 'utf8';
    const isSmall = length <= SMALL && encoding === 'latin1';
    const prepared: Prepared = {
      before: openingOf(status),
      after: `${linesOf(['content-type', contentType])}content-length: ${length}\r\n${ending}`,
      small: isSmall ? (typeof body === 'string' ? body : latin1(body)) : undefined,
      encoding,
    };
    // A large one would be held until the next is sent.
    last.reply = isSmall ? reply : undefined;
    last.ending = ending;
    last.prepared = prepared;
    return prepared;
  };
}

interface OfNodeHttp {
  _header: unknown;
  _headerSent: unknown;
}

const isOfNodeHttp = (response: object): response is OfNodeHttp => '_header' in response && '_headerSent' in response;

const latin1 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');

function linesOf(headers: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] as string;
    const value = headers[at + 1] as string;
    if (!isPlain(value)) validateHeaderValue(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** What needs no second look; for values as short as these faster than the expression of node:http. */
function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE) return false;
  }
  return true;
}

/** A text that was joined stays a tree of its parts, which everything that is written from it would climb again. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** The lines that change with each second, and the end. */
function createEnding(): () => string {
  const last = { second: 0, text: '' };
  return () => {
    const now = Date.now();
    const second = Math.floor(now / 1_000);
    if (second !== last.second) {
      last.second = second;
      last.text = flat(`Date: ${new Date(now).toUTCString()}\r\n${KEPT_ALIVE}`);
    }
    return last.text;
  };
}

/** Bytes. */
const SMALL = 4_096;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const KEPT_ALIVE = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_SECONDS}\r\n\r\n`;
