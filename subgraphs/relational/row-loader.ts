import DataLoader from 'dataloader';
import { onlyUuids } from '../runtime/ids.ts';

/**
 * Rows by id, null where the tenant has none: one statement however many.
 * @param read the rows of these ids that there are, in any order
 */
export function createRowLoader<Row extends { readonly id: string }>(
  read: (ids: string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const byId = new Map((await read(onlyUuids(ids))).map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
}
