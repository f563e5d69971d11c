import type { SourceDocument } from '#operations/import/document';
import { hashFraction } from '#operations/import/ids';
import { decideOptimization, recordOptimizations } from '#stores/mongo/optimizations';
import type { TenantStores } from '#stores/stores';
import { coverTopics } from '#subgraphs/knowledge/links';
import { type DemoTenant, memberOf } from './cast.ts';
import { SHARED_SLUGS } from './split.ts';
import { demoSuggestions } from './usage.ts';

export interface InsightsOptions {
  tenant: DemoTenant;
  stores: Pick<TenantStores, 'mongo' | 'neo4j'>;
  sources: readonly SourceDocument[];
  /** Of the documents that the tenant has. */
  slugs: readonly string[];
  now: Date;
}

/** What models suggested for the documents that every tenant has, and two competitors. Repeated, it changes nothing. */
export async function recordInsights({ tenant, stores, sources, slugs, now }: InsightsOptions): Promise<void> {
  const shared = SHARED_SLUGS.filter((slug) => slugs.includes(slug));
  const recorded = await recordOptimizations(stores.mongo, demoSuggestions(tenant, shared, now));
  const decidedBy = memberOf(tenant, 'EDITOR').userId;
  for (const { row } of recorded) {
    if (row.aspect === 'STRUCTURE') continue;
    const status = row.aspect === 'TITLE' ? 'ACCEPTED' : 'REJECTED';
    await decideOptimization(stores.mongo, row.id, { status, decidedAt: now, decidedBy });
  }
  for (const name of COMPETITORS) {
    await coverTopics(stores.neo4j, name, coveredBy(name, sources, new Set(slugs)));
  }
}

/** Invented. */
const COMPETITORS = ['Harbour Docs', 'Pinecrest Learning'];
const SHARED_TOPICS = 8;
const FOREIGN_TOPICS = 12;

/** Some topics that the tenant has, and some that only documents of others have. */
function coveredBy(competitor: string, sources: readonly SourceDocument[], slugs: ReadonlySet<string>): string[] {
  const topicsOf = (own: boolean): string[] => [
    ...new Set(
      sources.filter(({ slug }) => slugs.has(slug) === own).flatMap(({ topics }) => topics.map(({ name }) => name)),
    ),
  ];
  const own = topicsOf(true);
  const foreign = topicsOf(false).filter((name) => !own.includes(name));
  const some = (names: readonly string[], count: number): string[] =>
    names
      .map((name) => ({ name, order: hashFraction(competitor, name) }))
      .sort((a, b) => a.order - b.order)
      .slice(0, count)
      .map(({ name }) => name);
  return [...some(own, SHARED_TOPICS), ...some(foreign, FOREIGN_TOPICS)];
}
