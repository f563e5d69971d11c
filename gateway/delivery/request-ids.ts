import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The id that a caller gave its request, where it may stand in a log, or a new one that nobody can guess. */
export function createRequestIds(): (headers: IncomingHttpHeaders) => string {
  // A piece of a longer text costs next to nothing; `randomUUID` puts each together from bytes, 1 % of a small operation.
  const drawn = { text: '', at: 0 };
  const draw = (): string => {
    if (drawn.at === drawn.text.length) {
      drawn.text = randomBytes(IDS_AT_ONCE * ID_BYTES).toString('hex');
      drawn.at = 0;
    }
    const id = drawn.text.slice(drawn.at, drawn.at + 2 * ID_BYTES);
    drawn.at += 2 * ID_BYTES;
    return id;
  };
  return ({ 'x-request-id': given }) => (typeof given === 'string' && WELL_FORMED.test(given) ? given : draw());
}

const ID_BYTES = 16;
const IDS_AT_ONCE = 128;
/** What may stand in a log line and come back in a header. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/;
