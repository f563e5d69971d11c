import { PolygraphError } from '#platform/errors';
import { pageSize } from '../../runtime/connection.ts';

export interface Page {
  readonly first: number;
  readonly after: string | undefined;
}

/** @throws PolygraphError LIMIT_EXCEEDED or CURSOR_INVALID */
export function readPage(args: Readonly<Record<string, unknown>>): Page {
  const { first, after } = args;
  return { first: pageSize(typeof first === 'number' ? first : undefined), after: readCursor(after) };
}

/** Cursors of @neo4j/graphql are offsets, so a forged one reaches nothing but another page of the same list. */
function readCursor(after: unknown): string | undefined {
  if (after === undefined || after === null) return undefined;
  if (typeof after === 'string' && CURSOR.test(Buffer.from(after, 'base64').toString('latin1'))) return after;
  throw new PolygraphError('CURSOR_INVALID', '`after` is not a cursor of this list.');
}

const CURSOR = /^arrayconnection:\d{1,9}$/;
