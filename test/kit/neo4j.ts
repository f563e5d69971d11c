import { randomUUID } from 'node:crypto';
import { type GraphContent, projectGraphBatch } from '#operations/projections/graph';
import { createLogger } from '#platform/log';
import { withTally } from '#platform/tally';
import { type Neo4j, openNeo4j, type TenantNeo4j } from '#stores/neo4j/index';
import { migrateNeo4j } from '#stores/neo4j/migrate';
import type { TenantStores } from '#stores/stores';
import { createKnowledgeSubgraph } from '#subgraphs/knowledge/index';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import { type Role, scopesOf } from '#tenancy/roles';
import { TEST_SECRETS } from './secrets.ts';

/** The knowledge subgraph over a real Neo4j, with two tenants of its own. */
export interface GraphWorld {
  readonly neo4j: Neo4j;
  readonly host: SubgraphHost;
  readonly a: GraphTenant;
  readonly b: GraphTenant;
  /** Removes what the two tenants left, and closes the connection. */
  close(): Promise<void>;
}

export interface GraphTenant {
  readonly id: string;
  readonly neo4j: TenantNeo4j;
  /** Projects documents as the outbox would; returns their ids by slug. */
  save(...documents: readonly DocumentFacts[]): Promise<Record<string, string>>;
  /** Asks the subgraph with an assertion of this tenant. */
  ask(query: string, variables?: Record<string, unknown>, role?: Role): Promise<GraphAnswer>;
}

export type DocumentFacts = Partial<GraphContent> & { readonly slug: string };

export interface GraphAnswer {
  readonly data: unknown;
  /** Codes of the errors, by path. */
  readonly errors: Readonly<Record<string, string>>;
  /** Statements sent to Neo4j. */
  readonly statements: number;
  /** The whole answer as text, to search for canaries. */
  readonly text: string;
}

export async function openGraphWorld({ url = process.env.NEO4J_URL ?? '' } = {}): Promise<GraphWorld> {
  const log = createLogger({ level: 'silent' });
  const { NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password = '' } = process.env;
  const neo4j = openNeo4j({ url, user, password, timeoutMs: 10_000, log });
  const keys = createAssertionKeys(TEST_SECRETS);
  const host = await createKnowledgeSubgraph({
    verify: createAssertionVerifier(keys, 'knowledge'),
    openStores: (tenant) => ({ neo4j: neo4j.forTenant(tenant) }) as TenantStores,
    log,
  });
  const [a, b] = [randomUUID(), randomUUID()];
  return {
    neo4j,
    host,
    a: graphTenant(a, neo4j, host),
    b: graphTenant(b, neo4j, host),
    async close() {
      const system = neo4j.dangerouslyAsSystem('tests clean up');
      await system.run('MATCH (n) WHERE n.tenantId IN $ids DETACH DELETE n', { ids: [a, b] }).catch(() => {});
      await neo4j.close();
    },
  };
}

/** Constraints are made once for all files; making them again is harmless. */
export async function migratedGraphWorld(): Promise<GraphWorld> {
  const world = await openGraphWorld();
  await migrateNeo4j(world.neo4j);
  return world;
}

const sign = createAssertionSigner(createAssertionKeys(TEST_SECRETS));

function graphTenant(id: string, neo4j: Neo4j, host: SubgraphHost): GraphTenant {
  const handle = neo4j.forTenant(contextOf(id, 'EDITOR'));
  return {
    id,
    neo4j: handle,
    async save(...documents) {
      const events = documents.map((facts) => ({ kind: 'content.saved' as const, payload: contentOf(facts) }));
      await projectGraphBatch(handle, events);
      return Object.fromEntries(events.map(({ payload }) => [payload.slug, payload.contentId]));
    },
    async ask(query, variables = {}, role = 'EDITOR') {
      const body = JSON.stringify({ query, variables });
      const assertion = sign(contextOf(id, role), 'knowledge', body);
      const { result, counts } = await withTally(() => host.execute(body, assertion, 'test'));
      const errors = (result.errors ?? []).map(({ path, extensions }) => [path?.join('.') ?? '', extensions.code]);
      const text = JSON.stringify(result);
      return { data: JSON.parse(text).data, errors: Object.fromEntries(errors), statements: counts.neo4j, text };
    },
  };
}

export function contextOf(tenantId: string, role: Role): TenantContext {
  return dangerouslyMintTenantContext({
    tenantId,
    tier: 'STANDARD',
    principal: { kind: 'service', id: 'tests' },
    roles: [role],
    scopes: scopesOf([role]),
  });
}

function contentOf(facts: DocumentFacts): GraphContent {
  return { contentId: randomUUID(), revision: 1, title: `Title of ${facts.slug}`, status: 'PUBLISHED', ...facts };
}
