import { countRows, type ExistingRow, type ExistingTable, readRows } from '#stores/postgres/existing-table';
import type { Stores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import { capBytes, type SourceDocument, slugOf } from './document.ts';
import { uuidV5 } from './ids.ts';
import { batches, forTenant, type ImportCounts, type ImportDocument, importDocuments } from './import.ts';
import { type Progress, SILENT } from './progress.ts';

export interface AdoptOptions {
  readonly from: ExistingTable;
  /** The tenant that a row gets by what its owner column says, null where there is none; undefined leaves the row. */
  readonly tenantOf: (owner: string | null) => TenantContext | undefined;
  readonly stores: Pick<Stores, 'postgres'>;
  /** In bytes; what is longer is cut. */
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
  for await (const page of batches(readRows(from), PAGE)) {
    const byTenant = new Map<TenantContext, ImportDocument[]>();
    for (const row of page) {
      const tenant = tenantOf(row.owner);
      if (!tenant) {
        left.set(row.owner ?? '', (left.get(row.owner ?? '') ?? 0) + 1);
        continue;
      }
      const documents = byTenant.get(tenant) ?? [];
      documents.push(documentOf(row, from.table, tenant.tenantId, bodyLimit));
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

function documentOf(row: ExistingRow, table: string, tenantId: string, bodyLimit: number): ImportDocument {
  const title = (row.title ?? '').trim().slice(0, 300) || `${table} ${row.key}`;
  const document: SourceDocument = {
    // Of the key alone: two rows may have one title, and a title that changes must not change an address.
    slug: slugOf(`${table} ${row.key}`),
    ...{ title, summary: row.summary, body: capBytes(row.body ?? '', bodyLimit) },
    ...{ tags: [], licence: null, source: null, keywords: [], topics: [], dependencies: [] },
    ...(row.publishedAt ? { publishedAt: row.publishedAt } : {}),
  };
  const status = row.publishedAt ? 'PUBLISHED' : 'DRAFT';
  return { ...forTenant(tenantId, document, { status }), id: uuidV5(tenantId, `${table}/${row.key}`) };
}

const PAGE = 500;
