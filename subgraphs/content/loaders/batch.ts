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
