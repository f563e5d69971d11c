import type { TenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import { checkedTenantId, placeNameOf } from '../place-name.ts';

export { PLACE_NAME } from '../place-name.ts';

/** Where a tenant's rows live. Whoever lives apart has a role of its own, of the same name as the place. */
export type Placement = SharedPlace | SchemaPlace | DatabasePlace;
export type PlaceKind = Placement['kind'];

interface OfTenant {
  readonly tenantId: string;
  /** That was read together with the kind: it grows with every move. Absent where the tier was gone by, which may be out of date. */
  readonly generation?: number;
}

/** Rows of tables that many tenants share. */
export interface SharedPlace extends OfTenant {
  readonly kind: 'shared';
}

/** A schema of the shared database. Its role cannot log in; the application's takes it on for one transaction. */
export interface SchemaPlace extends OfTenant {
  readonly kind: 'schema';
  readonly name: string;
}

/** A database of its own on the same server, with a role that logs in to this database and no other of ours. */
export interface DatabasePlace extends OfTenant {
  readonly kind: 'database';
  readonly name: string;
}

export type OwnPlace = SchemaPlace | DatabasePlace;

export function placementOf({ tenantId, tier }: Pick<TenantContext, 'tenantId' | 'tier'>): Placement {
  const kind = KINDS[tier];
  if (!kind) throw new TypeError(`There is no place for the tier ${JSON.stringify(tier)}.`);
  return placementAt(kind, tenantId);
}

/** @param generation as it was read together with the kind */
export function placementAt(kind: PlaceKind, tenantId: string, generation?: number): Placement {
  const facts = { tenantId: checkedTenantId(tenantId), ...(generation === undefined ? {} : { generation }) };
  return kind === 'shared' ? { ...facts, kind } : { ...facts, kind, name: placeNameOf(tenantId) };
}

/** The place of a tenant that does not share tables; undefined for one that does. */
export function ownPlaceOf(tenant: { readonly tenantId: string; readonly tier: Tier }): OwnPlace | undefined {
  const placement = placementOf(tenant);
  return placement.kind === 'shared' ? undefined : placement;
}

/** The schema that holds the tables, inside the database that `urlIn` names. */
export const schemaOf = (placement: Placement): string =>
  placement.kind === 'schema' ? placement.name : SHARED_SCHEMA;

/** @returns the URL of the database the placement is in, with the credentials of `url` */
export function urlIn(url: string, placement: Placement): string {
  if (placement.kind !== 'database') return url;
  return Object.assign(new URL(url), { pathname: `/${placement.name}` }).href;
}

const KINDS: Readonly<Record<Tier, PlaceKind>> = {
  FREE: 'shared',
  STANDARD: 'shared',
  PREMIUM: 'schema',
  ENTERPRISE: 'database',
};
export const SHARED_SCHEMA = 'public';
