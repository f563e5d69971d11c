import DataLoader from 'dataloader';
import { UUID } from '#platform/uuid';
import { MAX_VALUES } from '#stores/mongo/filter';

/** What is asked of one entity: its id and how much of it. */
export interface Ask {
  readonly id: string;
}

/**
 * A loader whose batch is one call of `load` with distinct ids, whatever was
 * asked of each of them. Ids that cannot exist are answered without asking.
 * @param load answers by id; what it leaves out does not exist
 * @param pick the answer to one ask, from what was loaded for its id
 */
export function createBatchLoader<A extends Ask, Row, Answer>({
  keyOf,
  load,
  pick,
}: {
  keyOf: (ask: A) => string;
  load: (ids: readonly string[], asks: readonly A[]) => Promise<ReadonlyMap<string, Row>>;
  pick: (row: Row | undefined, ask: A) => Answer;
}): DataLoader<A, Answer, string> {
  const batch = async (asks: readonly A[]): Promise<Answer[]> => {
    const ids = [...new Set(asks.map(({ id }) => id))].filter((id) => UUID.test(id));
    const rows = new Map<string, Row>();
    for (let start = 0; start < ids.length; start += MAX_VALUES) {
      for (const [id, row] of await load(ids.slice(start, start + MAX_VALUES), asks)) rows.set(id, row);
    }
    return asks.map((ask) => pick(rows.get(ask.id), ask));
  };
  return new DataLoader(batch, { cacheKeyFn: keyOf });
}

/**
 * Lists of which each ask takes the beginning: one call of `load` for the longest that anybody asked for.
 * @param load at most so many rows of each id, in the order of the list
 */
export function createListLoader<Row>(
  load: (ids: readonly string[], most: number) => Promise<ReadonlyMap<string, readonly Row[]>>,
): { load(id: string, first: number): Promise<readonly Row[]> } {
  const loader = createBatchLoader<{ id: string; first: number }, readonly Row[], readonly Row[]>({
    keyOf: ({ id, first }) => `${id}/${first}`,
    load: (ids, asks) => load(ids, Math.max(...asks.map(({ first }) => first))),
    pick: (rows = [], { first }) => rows.slice(0, first),
  });
  return { load: (id, first) => loader.load({ id, first }) };
}

/** Rows of many entities, by entity. */
export function groupById<Row>(rows: readonly Row[], idOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(idOf(row));
    if (group) group.push(row);
    else groups.set(idOf(row), [row]);
  }
  return groups;
}
