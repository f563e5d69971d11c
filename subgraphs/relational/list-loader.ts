import DataLoader from 'dataloader';
import { groupBy } from './group.ts';

/** A list that hangs on a parent, and the arguments of its field, which are the same for all parents of a level. */
export interface ListOf<Arguments> {
  readonly parentId: string;
  readonly args: Arguments;
}

/**
 * Lists of many parents: one statement for all that are asked with the same arguments.
 * @param load the rows of all of these parents, each parent's in the order of its list
 */
export function createListLoader<Arguments, Row>(
  load: (parentIds: readonly string[], args: Arguments) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string | null,
): DataLoader<ListOf<Arguments>, Row[], string> {
  return new DataLoader(
    async (lists) => {
      const alike = groupBy(lists, shapeOf);
      const found = await Promise.all(
        [...alike].map(async ([shape, [first, ...others]]) => {
          const parentIds = [first, ...others].flatMap((list) => list?.parentId ?? []);
          const rows = first ? await load([...new Set(parentIds)], first.args) : [];
          return [shape, groupBy(rows, parentOf)] as const;
        }),
      );
      const byShape = new Map(found);
      return lists.map((list) => byShape.get(shapeOf(list))?.get(list.parentId) ?? []);
    },
    { cacheKeyFn: (list) => `${list.parentId} ${shapeOf(list)}` },
  );
}

const shapeOf = <Arguments>({ args }: ListOf<Arguments>): string => JSON.stringify(args);
