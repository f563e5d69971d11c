import { type ServerResponse, STATUS_CODES, validateHeaderValue } from 'node:http';
import { KEEP_ALIVE_SECONDS } from './http-server.ts';

/**
 * Sends an answer. @param own headers of this answer alone, name and value in turns; names are ours
 * @throws TypeError for a value that would end its line
 */
export type SendReply = (
  response: ServerResponse,
  status: number,
  own: readonly string[],
  body: string | Uint8Array,
) => void;

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
  const lines = linesOf(headers);
  const openings = new Map<number, string>();
  const openingOf = (status: number): string => {
    const known = openings.get(status);
    if (known !== undefined) return known;
    const made = flat(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${lines}`);
    openings.set(status, made);
    return made;
  };
  const ending = createEnding();
  return (response, status, own, body) => {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    // What is one byte a character is copied as it is; as UTF-8 it would be looked through once more.
    const encoding = length === body.length ? 'latin1' : 'utf8';
    if (!response.shouldKeepAlive || response.req.httpVersion !== '1.1' || !isOfNodeHttp(response)) {
      response.writeHead(status, headers.concat(own, 'content-length', String(length))).end(body, encoding);
      return;
    }
    const head = `${openingOf(status)}${linesOf(own)}content-length: ${length}\r\n${ending()}`;
    response.statusCode = status;
    response._header = head;
    // What waits behind the answer to an earlier request has no socket yet.
    const isOneWrite = length <= SMALL && encoding === 'latin1' && response.socket?.writable;
    if (!isOneWrite) {
      response.end(body, encoding);
      return;
    }
    response._headerSent = true;
    response.socket.write(head + (typeof body === 'string' ? body : latin1(body)), 'latin1');
    response.end();
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

/** Bytes; to copy more costs more than a second write. */
const SMALL = 4_096;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const KEPT_ALIVE = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_SECONDS}\r\n\r\n`;
