import type { SourceDocument } from '#operations/import/document';
import { uuidV5 } from '#operations/import/ids';
import { createLexicalEmbedder } from '#platform/embedder';
import type { TenantPostgres, TenantTransaction } from '#stores/postgres/index';
import { findableOf } from '#subgraphs/relational/memory/memories/content';
import type { MemoryRow } from '#subgraphs/relational/memory/memories/rows';
import type { DemoTenant } from './cast.ts';

export interface RememberOptions {
  tenant: DemoTenant;
  postgres: TenantPostgres;
  sources: readonly SourceDocument[];
  /** Of the documents that the tenant has. */
  slugs: readonly string[];
}

/** By the tenant and the key, so that other parts of the demo find the context. */
export const demoContextId = ({ id }: DemoTenant, key: DemoContextKey): string => uuidV5(id, `context:${key}`);
export type DemoContextKey = keyof typeof CONTEXTS;

/**
 * What an assistant of the tenant remembers: what its documents are about, what readers asked of them, and how these hang
 * together. Repeated, it changes nothing.
 */
export async function rememberDocuments({ tenant, postgres, sources, slugs }: RememberOptions): Promise<void> {
  const own = new Set(slugs);
  const documents = sources.filter(({ slug }) => own.has(slug)).slice(0, MOST_DOCUMENTS);
  const facts = documents.map((document) => factOf(tenant, document));
  const questions = documents.slice(0, MOST_QUESTIONS).map((document) => questionOf(tenant, document));
  const memories = await Promise.all([...facts, ...questions].map(findable));
  await postgres.transaction(
    async (tx) => {
      await makeContexts(tx, tenant);
      await keep(tx, tenant.id, memories);
      await relate(tx, tenant.id, [...likeness(tenant, documents), ...support(tenant, documents)]);
    },
    { action: 'demo.remember', timeoutMs: 60_000 },
  );
}

interface NewMemory extends Pick<MemoryRow, 'id' | 'kind' | 'relevanceScore'> {
  readonly contextId: string;
  readonly content: object;
  readonly tags: readonly string[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'RELATES_TO' | 'DERIVED_FROM';
  readonly strength: number;
}

const memoryId = ({ id }: DemoTenant, of: 'fact' | 'question', slug: string): string =>
  uuidV5(id, `memory:${of}:${slug}`);

const factOf = (tenant: DemoTenant, { slug, title, summary, topics }: SourceDocument): NewMemory => ({
  id: memoryId(tenant, 'fact', slug),
  contextId: demoContextId(tenant, 'documentation'),
  kind: 'SEMANTIC',
  relevanceScore: Math.max(...topics.map(({ relevance }) => relevance), 0.1),
  content: { document: slug, title, about: summary ?? title },
  tags: topics.slice(0, 5).map(({ name }) => name.slice(0, 60)),
});

const questionOf = (tenant: DemoTenant, { slug, title }: SourceDocument): NewMemory => ({
  id: memoryId(tenant, 'question', slug),
  contextId: demoContextId(tenant, 'conversations'),
  kind: 'EPISODIC',
  relevanceScore: 0.5,
  content: { asked: `What is ${title} for?`, answeredFrom: slug },
  tags: ['question'],
});

async function findable(memory: NewMemory) {
  return { ...memory, ...(await findableOf(memory.content, EMBEDDER)) };
}

async function makeContexts(tx: TenantTransaction, tenant: DemoTenant): Promise<void> {
  const projectId = uuidV5(tenant.id, 'project:assistant');
  await tx.$queryRaw`INSERT INTO memory_projects (tenant_id, id, key, name, description)
    VALUES (${tenant.id}::uuid, ${projectId}::uuid, 'assistant', 'Reading assistant', 'Answers questions about the documents.')
    ON CONFLICT DO NOTHING`;
  for (const [key, { name, level }] of Object.entries(CONTEXTS)) {
    await tx.$queryRaw`INSERT INTO execution_contexts (tenant_id, id, project_id, key, name, isolation_level)
      VALUES (${tenant.id}::uuid, ${demoContextId(tenant, key as DemoContextKey)}::uuid, ${projectId}::uuid, ${key}, ${name}, ${level})
      ON CONFLICT DO NOTHING`;
  }
}

type Findable = Awaited<ReturnType<typeof findable>>;

const keep = (tx: TenantTransaction, tenantId: string, memories: readonly Findable[]) =>
  tx.$queryRaw`
    INSERT INTO memories (tenant_id, id, context_id, kind, relevance_score, content, tags, words, embedder, embedding)
    SELECT ${tenantId}::uuid, id, "contextId", kind, "relevanceScore", content, tags, words, embedder, embedding::public.vector
    FROM jsonb_to_recordset(${JSON.stringify(memories)}::jsonb) AS given (id uuid, "contextId" uuid, kind text,
      "relevanceScore" float8, content jsonb, tags text[], words text, embedder text, embedding text)
    ON CONFLICT DO NOTHING`;

const relate = (tx: TenantTransaction, tenantId: string, edges: readonly Edge[]) =>
  tx.$queryRaw`
    INSERT INTO memory_relationships (tenant_id, from_id, to_id, kind, strength)
    SELECT ${tenantId}::uuid, "from", "to", kind, strength
    FROM jsonb_to_recordset(${JSON.stringify(edges)}::jsonb) AS given ("from" uuid, "to" uuid, kind text, strength float8)
    ON CONFLICT DO NOTHING`;

/** Documents that share topics, by the share of topics that both have. */
function likeness(tenant: DemoTenant, documents: readonly SourceDocument[]): Edge[] {
  const topicsOf = ({ topics }: SourceDocument) => new Set(topics.map(({ name }) => name));
  return documents.flatMap((one, at) =>
    documents.slice(at + 1).flatMap((other): Edge[] => {
      const [own, others] = [topicsOf(one), topicsOf(other)];
      const both = [...own].filter((name) => others.has(name)).length;
      if (both === 0) return [];
      const [from, to] = [memoryId(tenant, 'fact', one.slug), memoryId(tenant, 'fact', other.slug)];
      return [{ from, to, kind: 'RELATES_TO', strength: both / (own.size + others.size - both) }];
    }),
  );
}

const support = (tenant: DemoTenant, documents: readonly SourceDocument[]): Edge[] =>
  documents.slice(0, MOST_QUESTIONS).map(({ slug }) => ({
    from: memoryId(tenant, 'question', slug),
    to: memoryId(tenant, 'fact', slug),
    ...{ kind: 'DERIVED_FROM', strength: 1 },
  }));

const CONTEXTS = {
  documentation: { name: 'What the documents say', level: 'SHARED' },
  conversations: { name: 'What readers asked', level: 'STRICT' },
} as const;
const MOST_DOCUMENTS = 24;
const MOST_QUESTIONS = 6;
const EMBEDDER = createLexicalEmbedder();
