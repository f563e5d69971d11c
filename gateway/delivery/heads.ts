import { type ServerResponse, STATUS_CODES, validateHeaderValue } from 'node:http';
import { KEEP_ALIVE_SECONDS } from './http-server.ts';

/**
 * Writes the head of an answer. @param own headers of this answer alone, name and value in turns; names are ours
 * @throws TypeError for a value that would end its line
 */
export type PutHead = (response: ServerResponse, status: number, own: readonly string[]) => void;

/**
 * Heads whose headers are nearly all the same. node:http checks, lowers and joins each header of each answer; with the
 * dozen that bind browsers that is a tenth of the CPU of a small operation. What is the same becomes text once.
 *
 * `_header` is no documented name, though as old as node:http and read by half of all middleware; `heads.test.ts`
 * compares what is sent with what `writeHead` sends, and a connection that ends goes by `writeHead`.
 */
export function createHeads(fixed: Readonly<Record<string, string>>): PutHead {
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
  return (response, status, own) => {
    if (!response.shouldKeepAlive || response.req.httpVersion !== '1.1' || !('_header' in response)) {
      response.writeHead(status, headers.concat(own));
      return;
    }
    response.statusCode = status;
    response._header = openingOf(status) + linesOf(own) + ending();
  };
}

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

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const KEPT_ALIVE = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_SECONDS}\r\n\r\n`;
