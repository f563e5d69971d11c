import type { SourceDocument } from '#operations/import/document';
import { type ImportDocument, importDocuments } from '#operations/import/import';
import type { Progress } from '#operations/import/progress';
import { type NewEvent, recordEvents } from '#stores/mongo/events';
import type { TenantMongo } from '#stores/mongo/index';
import { recordUsage } from '#stores/mongo/usage';
import type { Stores, TenantStores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import { contentIdOf, DEMO_TENANTS, type DemoTenant } from './cast.ts';
import { demoEvents } from './events.ts';
import type { DemoState } from './files.ts';
import { documentsOf, fateOf } from './split.ts';
import { demoUsage } from './usage.ts';

export type SeededTenant = DemoState['tenants'][string];

export interface ImportTenantOptions {
  tenant: DemoTenant;
  context: TenantContext;
  stores: Stores;
  sources: readonly SourceDocument[];
  maxDocuments: number;
  progress: Progress;
}

/** @returns what later starts need to go on from here */
export async function importTenant(options: ImportTenantOptions): Promise<Pick<SeededTenant, 'anchor' | 'slugs'>> {
  const { tenant, context, stores, sources, maxDocuments, progress } = options;
  const anchor = await anchorOf(stores.forTenant(context), tenant.slug);
  const documents = documentsOf(tenant, DEMO_TENANTS, sources, maxDocuments).map((document): ImportDocument => {
    const { publishedAt, ...fate } = fateOf(tenant, document.slug, anchor);
    const id = contentIdOf(tenant.id, document.slug);
    return { ...document, ...fate, id, ...(publishedAt ? { publishedAt } : {}) };
  });
  const label = `documents of ${tenant.slug}`;
  await importDocuments({ tenant: context, stores, documents, total: documents.length, label, progress });
  return { anchor: anchor.toISOString(), slugs: documents.map(({ slug }) => slug) };
}

export interface RecordTenantOptions {
  tenant: DemoTenant;
  mongo: TenantMongo;
  known: SeededTenant;
  from: Date;
  to: Date;
  progress: Progress;
}

export async function recordTenantEvents({ tenant, mongo, known, from, to, progress }: RecordTenantOptions) {
  const anchor = new Date(known.anchor);
  await recordUsage(mongo, [...demoUsage(tenant, known.slugs, from, to)]);
  const events: NewEvent[] = [...demoEvents(tenant, { slugs: known.slugs, anchor, from, to })];
  if (events.length === 0) return;
  const step = progress.begin(`events of ${tenant.slug}`, events.length);
  for (let start = 0; start < events.length; start += EVENTS_AT_ONCE) {
    const batch = events.slice(start, start + EVENTS_AT_ONCE);
    await recordEvents(mongo, batch);
    step.advance(batch.length);
  }
  step.end(`${events.length} recorded`);
}

/** Whether the stores still hold what the state file says: they may have been emptied or exchanged. */
export async function isThere({ postgres, mongo }: TenantStores, known: SeededTenant): Promise<boolean> {
  const [tenant, contents, bodies] = await Promise.all([
    postgres.prisma.tenant.findFirst({ select: { createdAt: true } }),
    postgres.prisma.content.count(),
    mongo.collection('content_documents').count({}),
  ]);
  const wanted = known.slugs.length;
  return tenant?.createdAt.toISOString() === known.anchor && contents >= wanted && bodies >= wanted;
}

const EVENTS_AT_ONCE = 200;

/** Dates of the demo count back from here, so that a second import finds the first one's. */
async function anchorOf({ postgres }: TenantStores, slug: string): Promise<Date> {
  const tenant = await postgres.prisma.tenant.findFirst({ select: { createdAt: true } });
  if (!tenant) throw new Error(`The demo tenant ${slug} has not been made.`);
  return tenant.createdAt;
}
