import { z } from 'zod';
import { buildConnection, type Connection, createCursor, type PageArgs, pageSize } from '../runtime/connection.ts';

/** A place in a list in which what was made last comes first. */
export interface Place {
  /** ISO 8601. */
  readonly at: string;
  readonly id: string;
}

export interface Slice {
  /** How many rows to read, the one too many included. */
  readonly take: number;
  /** After which the rows begin. */
  readonly after: Place | undefined;
}

export interface NewestFirst {
  /** @param find reads the rows of the slice, newest first */
  page<Row extends Made>(args: PageArgs, find: (slice: Slice) => Promise<readonly Row[]>): Promise<Connection<Row>>;
}

interface Made {
  readonly id: string;
  readonly createdAt: Date;
}

/** @param list its name, so that a cursor of another list is refused */
export function createNewestFirst(list: string): NewestFirst {
  const cursor = createCursor<[string, string]>(list, z.tuple([z.iso.datetime(), z.uuid()]));
  return {
    async page({ first, after }, find) {
      const size = pageSize(first);
      const place = cursor.decode(after);
      const rows = await find({ take: size + 1, after: place && { at: place[0], id: place[1] } });
      return buildConnection({
        ...{ rows, size, after },
        cursorOf: ({ createdAt, id }) => cursor.encode([createdAt.toISOString(), id]),
      });
    },
  };
}

/** The slice as arguments for Prisma. The first condition bounds the index scan, the second is exact. */
export function sliceOf({ take, after }: Slice) {
  const beyond = after && {
    createdAt: { lte: after.at },
    OR: [{ createdAt: { lt: after.at } }, { id: { lt: after.id } }],
  };
  return { take, orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }], beyond: beyond ?? {} };
}
