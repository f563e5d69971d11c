import { randomUUID } from 'node:crypto';
import type { SourceDocument } from '#operations/import/document';
import { forTenant, importDocuments } from '#operations/import/import';
import { readPackages } from '#operations/import/packages';
import { openRelay } from '#operations/product/relay';
import { createLexicalEmbedder } from '#platform/embedder';
import { createLogger } from '#platform/log';
import { fragment } from '#stores/postgres/index';
import type { TenantStores } from '#stores/stores';
import type { Context } from '#subgraphs/relational/context';
import { createRelationalLoaders } from '#subgraphs/relational/loaders';
import { createVault } from '#subgraphs/relational/memory/encryption/vault';
import { askSources } from '#subgraphs/relational/search/ask';
import { fuse, SOURCES } from '#subgraphs/relational/search/fuse';
import { fusedSearch } from '#subgraphs/relational/search/fused-search';
import type { TenantContext } from '#tenancy/context';
import { dangerouslyActAsService } from '#tenancy/service';
import { onOwnStores } from '../own-stores.ts';
import { growGraph, growTo } from './grow.ts';
import { holdOut, type Label, ndcg } from './labels.ts';

export interface SearchBench {
  readonly documents: number;
  readonly questions: number;
  /** nDCG@10 by source, and FUSED. */
  readonly quality: readonly (readonly [source: string, ndcg: number])[];
  /** Milliseconds of one search, by how many documents the tenant has. */
  readonly times: readonly { readonly documents: number; readonly p50: number; readonly p95: number }[];
}

export interface SearchBenchOptions {
  readonly nodeModules: string;
  readonly questions?: number;
  /** The tenant is filled up to as many for the second round of times. */
  readonly grown?: number;
  readonly progress: (line: string) => void;
}

/** Quality over documents that people wrote, with keywords held out; times over these and over many. On stores of its own. */
export async function benchSearch({
  nodeModules,
  questions = 60,
  grown = 50_000,
  progress,
}: SearchBenchOptions): Promise<SearchBench> {
  return onOwnStores('search', async ({ settings, stores, directory, provision, log }) => {
    const tenant = dangerouslyActAsService(randomUUID(), 'STANDARD', 'bench', 'measures search', log);
    await provision.upsertTenant({ id: tenant.tenantId, slug: 'bench', name: 'Bench', tier: 'STANDARD', features: [] });

    const read: SourceDocument[] = [];
    for await (const document of readPackages(nodeModules, { minimumReadme: 200 })) read.push(document);
    const { labels, documents } = holdOut(read, questions);
    progress(`${documents.length} documents, ${labels.length} questions`);
    await importDocuments({
      ...{ tenant, stores, total: documents.length },
      documents: documents.map((document) => forTenant(tenant.tenantId, document)),
    });
    const relay = openRelay(settings, stores, directory, log);
    await relay.drain({ timeoutMs: 300_000 });
    await relay.stop();
    const context = contextOf(tenant, stores.forTenant(tenant));
    const quality = await measureQuality(labels, context);
    const times = [{ documents: documents.length, ...(await measureTimes(labels, context)) }];
    progress(`growing to ${grown} documents`);
    await growTo(settings.DATABASE_URL, tenant.tenantId, grown);
    await growGraph(stores.neo4j, context.stores.postgres, tenant.tenantId);
    times.push({ documents: grown, ...(await measureTimes(labels, context)) });
    return { documents: documents.length, questions: labels.length, quality, times };
  });
}

async function measureQuality(labels: readonly Label[], context: Context): Promise<SearchBench['quality']> {
  const sums = new Map<string, number>();
  const add = (name: string, value: number): void => void sums.set(name, (sums.get(name) ?? 0) + value);
  const slugs = new Map<string, string>();
  for (const row of await context.stores.postgres.sql<{
    id: string;
    slug: string;
  }>`select id::text, slug from contents`) {
    slugs.set(row.id, row.slug);
  }
  const slugOf = ({ id }: { readonly id: string }): string => slugs.get(id) ?? '';
  for (const { query, relevant } of labels) {
    const { found } = await askSources({
      ...{ words: query, like: undefined, near: undefined, filter: fragment``, weights: WEIGHTS, context },
      embedder: EMBEDDER,
    });
    for (const source of SOURCES) add(source, ndcg((found[source] ?? []).map(slugOf), relevant));
    add('FUSED', ndcg(fuse(found, WEIGHTS).map(slugOf), relevant));
  }
  return [...sums].map(([name, sum]) => [name, sum / labels.length] as const);
}

async function measureTimes(labels: readonly Label[], context: Context): Promise<{ p50: number; p95: number }> {
  const took: number[] = [];
  for (const { query } of labels) {
    const began = performance.now();
    await fusedSearch({ text: query, first: 20 }, context, EMBEDDER);
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

function contextOf(tenant: TenantContext, stores: TenantStores): Context {
  const log = createLogger({ level: 'error' });
  const loaders = createRelationalLoaders(stores.postgres, createVault(stores.postgres, tenant, undefined));
  return { tenant, stores, loaders, requestId: 'bench', log };
}

/** Those of the schema. */
const WEIGHTS = { TEXT: 1, TRIGRAM: 0.5, VECTOR: 0.6, GRAPH: 0.4 };
const EMBEDDER = createLexicalEmbedder();
