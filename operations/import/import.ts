import type { Stores } from '#stores/stores';
import { importContents } from '#subgraphs/relational/contents/import';
import type { TenantContext } from '#tenancy/context';
import type { ContentStatus, SourceDocument } from './document.ts';
import { uuidV5 } from './ids.ts';
import { type Progress, SILENT } from './progress.ts';

/** A document as one tenant takes it. */
export interface ImportDocument extends SourceDocument {
  /** UUID version 5 of tenant and slug: a second import meets the first one's rows. */
  readonly id: string;
  readonly status: ContentStatus;
  readonly authorId: string | null;
}

export interface ImportOptions {
  /** Who takes the documents; its id decides where they go. */
  tenant: TenantContext;
  stores: Pick<Stores, 'postgres'>;
  documents: Iterable<ImportDocument> | AsyncIterable<ImportDocument>;
  /** How many there will be, for the progress shown. */
  total: number;
  label?: string;
  progress?: Progress;
  /** Documents a transaction. */
  batchSize?: number;
}

export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  /** Were there already, just so. */
  readonly unchanged: number;
}

/**
 * Writes documents, each batch and what the other stores must learn of it in one
 * transaction. What is already there is left alone, so an import can be run
 * again, and one that was killed is completed by the next.
 */
export async function importDocuments({
  tenant,
  stores,
  documents,
  total,
  label = 'documents',
  progress = SILENT,
  batchSize = 50,
}: ImportOptions): Promise<ImportCounts> {
  const counts = { created: 0, updated: 0, unchanged: 0 };
  const step = progress.begin(label, total);
  for await (const batch of batches(documents, batchSize)) {
    const { created, updated, unchanged } = await importContents(stores.postgres, tenant, batch);
    counts.created += created;
    counts.updated += updated;
    counts.unchanged += unchanged;
    step.advance(batch.length);
  }
  step.end(`${counts.created} new, ${counts.updated} changed, ${counts.unchanged} unchanged`);
  return counts;
}

/** A source's document as that tenant's, published unless told otherwise. */
export function forTenant(
  tenantId: string,
  document: SourceDocument,
  { status = 'PUBLISHED', authorId = null }: Partial<Pick<ImportDocument, 'status' | 'authorId'>> = {},
): ImportDocument {
  return { ...document, id: uuidV5(tenantId, document.slug), status, authorId };
}

export async function* batches<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
