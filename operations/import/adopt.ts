import type { Stores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import { uuidV5 } from './ids.ts';
import { batches, forTenant, type ImportCounts, type ImportDocument, importDocuments } from './import.ts';
import { type Progress, SILENT } from './progress.ts';
import { countRows, type ExistingTable, readRows } from './rows.ts';

export interface AdoptOptions {
  readonly from: ExistingTable;
  /** The tenant that a row gets by what its owner column says; undefined leaves the row where it is. */
  readonly tenantOf: (owner: string | undefined) => TenantContext | undefined;
  readonly stores: Pick<Stores, 'postgres'>;
  /** In bytes. */
  readonly bodyLimit: number;
  readonly progress?: Progress;
}

export interface Adopted extends ImportCounts {
  /** Rows by what their owner column says, of owners that are no tenant's. */
  readonly left: ReadonlyMap<string, number>;
}

/**
 * Gives the rows of an application that had no tenants to tenants, as documents,
 * by the way that every import goes: audited, counted against limits, carried to
 * all stores. The id of a document is made of its tenant and its row, so a run
 * that was killed is completed by the next, and one more takes only what changed.
 */
export async function adoptRows({
  from,
  tenantOf,
  stores,
  bodyLimit,
  progress = SILENT,
}: AdoptOptions): Promise<Adopted> {
  const counts = { created: 0, updated: 0, unchanged: 0 };
  const left = new Map<string, number>();
  const step = progress.begin(from.table, await countRows(from));
  for await (const page of batches(readRows(from, bodyLimit), PAGE)) {
    const byTenant = new Map<TenantContext, ImportDocument[]>();
    for (const { name, owner, document } of page) {
      const tenant = tenantOf(owner);
      if (!tenant) {
        left.set(owner ?? '', (left.get(owner ?? '') ?? 0) + 1);
        continue;
      }
      const { publishedAt } = document;
      const taken = forTenant(tenant.tenantId, document, { status: publishedAt ? 'PUBLISHED' : 'DRAFT' });
      const documents = byTenant.get(tenant) ?? [];
      documents.push({ ...taken, id: uuidV5(tenant.tenantId, name) });
      byTenant.set(tenant, documents);
    }
    for (const [tenant, documents] of byTenant) {
      const one = await importDocuments({ tenant, stores, documents, total: documents.length });
      counts.created += one.created;
      counts.updated += one.updated;
      counts.unchanged += one.unchanged;
    }
    step.advance(page.length);
  }
  step.end(`${counts.created} new, ${counts.updated} changed, ${counts.unchanged} unchanged`);
  return { ...counts, left };
}

const PAGE = 500;
