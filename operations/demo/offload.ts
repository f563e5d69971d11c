import type { SourceDocument } from '#operations/import/document';
import type { Progress } from '#operations/import/progress';
import { sectionsOf } from '#operations/import/sections';
import { type ImportedText, importTexts } from '#operations/memory/import';
import type { OffloadDesk } from '#subgraphs/relational/memory/offloaded/write';
import type { DemoTenant } from './cast.ts';
import { demoContextId } from './memory.ts';

export interface OffloadDocumentsOptions {
  readonly tenant: DemoTenant;
  readonly desk: OffloadDesk;
  readonly sources: readonly SourceDocument[];
  /** Of the documents that the tenant has. */
  readonly slugs: readonly string[];
  readonly progress: Progress;
}

/** The documentation of some packages, a section a text, for questions that are answered by likeness. Repeated, it changes nothing. */
export async function offloadDocuments({
  tenant,
  desk,
  sources,
  slugs,
  progress,
}: OffloadDocumentsOptions): Promise<void> {
  const own = new Set(slugs);
  const all = sources.filter(({ slug }) => own.has(slug));
  const documents = all.filter((_, at) => at % Math.ceil(all.length / MOST_DOCUMENTS) === 0);
  const texts = documents.flatMap(textsOf);
  const contextId = demoContextId(tenant, 'documentation');
  const label = `texts of ${tenant.slug}`;
  await importTexts({ desk, contextId, texts, total: texts.length, label, progress });
}

const textsOf = ({ slug, title, body }: SourceDocument): ImportedText[] =>
  sectionsOf(body)
    .slice(0, MOST_SECTIONS)
    .map(({ path, text }, at) => ({
      key: `${slug}#${at + 1}`,
      title: [title, ...path.filter((heading) => heading !== title)].join(' › ').slice(0, 300),
      text,
      tags: [slug.slice(0, 60)],
    }));

const MOST_DOCUMENTS = 16;
const MOST_SECTIONS = 12;
