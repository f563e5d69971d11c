import { UUID_IN_ANY_CASE } from '#platform/uuid';

/** Ids reach us as any string. One that is no UUID names nothing, which is an answer and not an error. */
export function isUuid(id: string): boolean {
  return UUID_IN_ANY_CASE.test(id);
}

export function onlyUuids(ids: readonly string[]): string[] {
  return ids.filter(isUuid);
}

/** For a statement that wants an id: one that nothing bears in place of what is none. */
export function idOrNobody(id: string): string {
  return isUuid(id) ? id.toLowerCase() : NOBODY;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
