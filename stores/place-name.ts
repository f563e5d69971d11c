import { UUID } from '#platform/uuid';

/**
 * What a place of a tenant's own is called, and its user, in any store. From the id alone: a slug can change, and could
 * hold what a store reads as something else. Needs no quotes.
 */
export function placeNameOf(tenantId: string): string {
  return `t_${checkedTenantId(tenantId).replaceAll('-', '')}`;
}

/** What `placeNameOf` makes, so that names found in a catalogue can be told from those of others. */
export const PLACE_NAME = /^t_[0-9a-f]{32}$/;

export function checkedTenantId(tenantId: string): string {
  if (!UUID.test(tenantId)) throw new TypeError('A tenant id is a lower-case UUID.');
  return tenantId;
}
