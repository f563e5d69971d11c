/** Ids reach us as any string. One that is no UUID names nothing, which is an answer and not an error. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}

export function onlyUuids(ids: readonly string[]): string[] {
  return ids.filter(isUuid);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
