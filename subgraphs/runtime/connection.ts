import type { z } from 'zod';
import { PolygraphError } from '#platform/errors';

/** One page of a list, as SDL connections want it. Add `totalCount` as a function, so that it is counted only when asked for. */
export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageFacts;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export interface PageFacts {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

export interface Cursor<Key> {
  encode(key: Key): string;
  /** @throws PolygraphError CURSOR_INVALID for anything that `encode` of the same list did not make */
  decode(text: string | null | undefined): Key | undefined;
}

/**
 * The place of a row in one list, opaque to clients. It is input like any other:
 * its shape is checked, and it can name a place only, never a tenant.
 *
 * @param list name of the list and its order: a cursor of another list is refused
 * @param schema the sort key of a row, in values that JSON keeps
 */
export function createCursor<Key>(list: string, schema: z.ZodType<Key>): Cursor<Key> {
  const invalid = (): PolygraphError => new PolygraphError('CURSOR_INVALID', '`after` is not a cursor of this list.');
  return {
    encode: (key) => Buffer.from(JSON.stringify([list, key])).toString('base64url'),
    decode(text) {
      if (text === null || text === undefined) return undefined;
      if (text.length > MAX_CURSOR || !BASE64URL.test(text)) throw invalid();
      const [from, key] = parsePair(text, invalid);
      const parsed = schema.safeParse(key);
      if (from !== list || !parsed.success) throw invalid();
      return parsed.data;
    },
  };
}

/**
 * @param options the argument is `first` where it has no other `name`
 * @returns how many rows the page has
 * @throws PolygraphError LIMIT_EXCEEDED outside 1 to `max`
 */
export function pageSize(
  given: number | null | undefined,
  { max = 100, standard = 20, name = 'first' }: { max?: number; standard?: number; name?: string } = {},
): number {
  const size = given ?? standard;
  if (Number.isInteger(size) && size >= 1 && size <= max) return size;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`${name}\` is from 1 to ${max}; got ${size}.`, {
    facts: { argument: name, limit: max, given: size },
  });
}

export interface PageOptions<Row> {
  /** Up to `size` + 1 rows in the order of the list: the one too many says that there is a next page. */
  rows: readonly Row[];
  size: number;
  after: string | null | undefined;
  cursorOf: (row: Row) => string;
}

export function buildConnection<Row>({ rows, size, after, cursorOf }: PageOptions<Row>): Connection<Row> {
  const nodes = rows.slice(0, size);
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > size,
      hasPreviousPage: typeof after === 'string',
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function parsePair(text: string, invalid: () => PolygraphError): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value.length === 2) return value;
  } catch {
    throw invalid();
  }
  throw invalid();
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const MAX_CURSOR = 2_048;
