import { setTimeout as sleep } from 'node:timers/promises';
import { importContents } from '#subgraphs/relational/contents/import';
import type { TenantContext } from '#tenancy/context';
import type { OwnStores } from '../own-stores.ts';
import { someDocument } from './documents.ts';

export interface Writing {
  readonly documents: number;
  /** Absent: as fast as eight writers can. */
  readonly perSecond?: number;
  /** Whether all are written or not. */
  readonly mostSeconds?: number;
}

/**
 * Writes new documents, ten a transaction. A batch is due every so often, and a late one does not move the next.
 * @returns by id when each was committed
 */
export async function writeDocuments(
  { stores }: OwnStores,
  tenants: readonly TenantContext[],
  { documents, perSecond = Number.POSITIVE_INFINITY, mostSeconds = Number.POSITIVE_INFINITY }: Writing,
): Promise<ReadonlyMap<string, number>> {
  const committed = new Map<string, number>();
  const began = performance.now();
  const batches = Math.round(documents / BATCH);
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < batches && performance.now() - began < mostSeconds * 1000) {
      const batch = next++;
      const tenant = tenants[batch % tenants.length] as TenantContext;
      await sleep(Math.max(0, began + (batch * BATCH * 1000) / perSecond - performance.now()));
      const written = Array.from({ length: BATCH }, someDocument);
      await importContents(stores.postgres, tenant, written);
      for (const { id } of written) committed.set(id, performance.now());
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return committed;
}

const WRITERS = 8;
const BATCH = 10;
