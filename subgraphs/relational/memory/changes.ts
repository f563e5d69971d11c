import { PolygraphError } from '#platform/errors';
import { isUuid } from '../../runtime/ids.ts';

/** What is not the tenant's is answered like what never was. */
export const notFound = (what: string): PolygraphError =>
  new PolygraphError('NOT_FOUND', `There is no such ${what}.`, { facts: { missing: what } });

/** @throws PolygraphError NOT_FOUND for what is no id */
export function uuidOf(id: string, what: string): string {
  if (!isUuid(id)) throw notFound(what);
  return id.toLowerCase();
}

/** Why a change found no row to change. @param row what is there now */
export function missed(what: string, row: { readonly revision: number } | null | undefined): PolygraphError {
  if (!row) return notFound(what);
  return new PolygraphError('CONFLICT', `The ${what} has moved on; it is at revision ${row.revision}.`, {
    facts: { revision: row.revision },
  });
}

/** What a row refers to is kept by a foreign key, so it is missing only where it was removed a moment ago. */
export function present<Row>(row: Row | null): Row {
  if (row) return row;
  throw new PolygraphError('REFERENCE_GONE', 'What is referred to has just been removed.');
}
