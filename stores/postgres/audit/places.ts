import type pg from 'pg';
import type { Tier } from '#tenancy/tiers';
import { type Placement, placementOf, SHARED_SCHEMA, schemaOf, urlIn } from '../placement.ts';
import { withClient } from '../places.ts';
import { urlOfRole } from '../roles.ts';

/** How to reach the chains as those that keep them. */
export interface AuditAccess {
  /** The migrator's. */
  readonly url: string;
  readonly secrets: readonly [string, ...string[]];
}

export interface AuditedTenant {
  readonly id: string;
  readonly slug: string;
  /** What it is told of it in the shared tables is a chain of its own, beside that of a place of its own. */
  readonly places: readonly Placement[];
}

export interface ChainHead {
  /** UUID; it stays with the chain when the tenant moves. */
  readonly chain: string;
  readonly tenantId: string;
  readonly seq: bigint;
  readonly hash: string;
}

export function listAuditedTenants({ url, secrets }: AuditAccess): Promise<AuditedTenant[]> {
  return withClient(urlOfRole(url, 'provision', secrets), async (client) => {
    const { rows } = await client.query<{ id: string; slug: string; tier: Tier }>(
      'SELECT id, slug, tier FROM tenants ORDER BY slug',
    );
    return rows.map(({ id, slug, tier }) => {
      const shared = { kind: 'shared', tenantId: id } as const;
      const own = placementOf({ tenantId: id, tier });
      return { id, slug, places: own.kind === 'shared' ? [shared] : [shared, own] };
    });
  });
}

/** The ends of all chains, by a role that can read nothing else of them. */
export async function listHeads(access: AuditAccess): Promise<ChainHead[]> {
  const read = (place: Placement, where: string, values: unknown[]): Promise<ChainHead[]> =>
    withClient(urlOfRole(urlIn(access.url, place), 'provision', access.secrets), async (client) => {
      const text = `SELECT chain, tenant_id AS "tenantId", seq, hash FROM ${schemaOf(place)}.audit_heads ${where}`;
      const { rows } = await client.query<Omit<ChainHead, 'seq'> & { seq: string }>(text, values);
      return rows.map((row) => ({ ...row, seq: BigInt(row.seq) }));
    });
  const heads = await read({ kind: 'shared', tenantId: '' }, '', []);
  for (const { id, places } of await listAuditedTenants(access)) {
    for (const place of places)
      if (place.kind !== 'shared') heads.push(...(await read(place, 'WHERE tenant_id = $1', [id])));
  }
  return heads;
}

/**
 * Runs `work` for each schema that holds a log: the shared one, and those of tenants that live apart.
 * @param onError goes on with the other places where one fails; the first error is thrown where this is absent
 */
export async function inEachPlace(
  access: AuditAccess,
  work: (client: pg.Client, place: Placement | undefined) => Promise<void>,
  onError?: (error: unknown, place: Placement | undefined) => void,
): Promise<void> {
  const inPlace = async (url: string, schema: string, place: Placement | undefined): Promise<void> => {
    try {
      await withClient(url, async (client) => {
        await client.query(`SET search_path = ${schema === SHARED_SCHEMA ? schema : `${schema}, ${SHARED_SCHEMA}`}`);
        await work(client, place);
      });
    } catch (error) {
      if (!onError) throw error;
      onError(error, place);
    }
  };
  await inPlace(access.url, SHARED_SCHEMA, undefined);
  for (const { places } of await listAuditedTenants(access)) {
    for (const place of places) {
      if (place.kind !== 'shared') await inPlace(urlIn(access.url, place), schemaOf(place), place);
    }
  }
}
