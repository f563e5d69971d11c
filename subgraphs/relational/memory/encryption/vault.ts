import { PolygraphError } from '#platform/errors';
import type { SealingKeys } from '#platform/sealing';
import type { TenantPostgres } from '#stores/postgres/index';
import type { TenantContext } from '#tenancy/context';
import { createDataKeys, type DataKeys } from './data-keys.ts';
import { openFrom, type SealedPlace, sealInto, versionOf } from './envelope.ts';

/** A place within the tenant, whom the vault knows. */
export type PlaceInTenant = Omit<SealedPlace, 'tenantId'>;

/** Encrypts and opens values of one tenant's rows, for the length of a request. */
export interface Vault {
  readonly keys: DataKeys;
  /** Encrypts with the newest key. */
  seal(place: PlaceInTenant, text: Uint8Array): Promise<Buffer<ArrayBuffer>>;
  /** @throws PolygraphError SEAL_BROKEN, told to the audit, where the value does not belong there */
  open(place: PlaceInTenant, sealed: Uint8Array): Promise<Buffer>;
}

export function createVault(
  postgres: TenantPostgres,
  { tenantId, principal }: TenantContext,
  wrapping: SealingKeys | undefined,
): Vault {
  const keys = createDataKeys(postgres, tenantId, wrapping);
  const tell = ({ table, column, row }: PlaceInTenant): Promise<unknown> =>
    postgres.transaction(
      (tx) => tx.$queryRaw`SELECT audit_append(${tenantId}::uuid, clock_timestamp(), ${principal.kind}, ${principal.id},
        'memory.seal_broken', 'EVENT', ${table}, ${row}, 'CRITICAL', NULL, NULL, ${JSON.stringify({ column })}::jsonb)::text`,
    );
  return {
    keys,
    async seal(place, text) {
      return sealInto({ ...place, tenantId }, await keys.newest(), text);
    },
    async open(place, sealed) {
      const version = versionOf(sealed);
      const key = version === undefined ? undefined : await keys.of(version);
      const text = key && openFrom({ ...place, tenantId }, key, sealed);
      if (text) return text;
      await tell(place);
      throw new PolygraphError(
        'SEAL_BROKEN',
        'What is kept there is not what was encrypted there; it is not given out.',
      );
    },
  };
}
