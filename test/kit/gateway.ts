import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { parse } from 'graphql';
import { type GatewayOptions, startGateway } from '#gateway/delivery/index';
import { createLocalIssuer, type LocalIssuer } from '#gateway/identity/local-issuer';
import { createLogger, type Logger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { composeTenantGraph } from '#schema/compose';
import { readDirectives } from '#schema/subgraphs';
import { openRedis } from '#stores/redis/index';
import type { TenantStores } from '#stores/stores';
import { createSubgraphHost, type SubgraphContext, type SubgraphHost } from '#subgraphs/runtime/host';
import { hashApiKey } from '#tenancy/api-key';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import type { ApiKeyRecord, Directory, MembershipRecord, TenantRecord } from '#tenancy/directory';
import type { Role } from '#tenancy/roles';
import { type Client, createClient } from './client.ts';

/** A gateway over two tiny subgraphs that need no store; real in everything else. */
export interface SmallGateway {
  readonly url: string;
  readonly issuer: LocalIssuer;
  readonly directory: MemoryDirectory;
  /** @throws TypeError for a supergraph that must not be served */
  update(supergraphSdl: string): void;
  stop(): Promise<void>;
  /** A client whose user has the role in a tenant of its own, or in the given one. */
  as(role: Role, tenantId?: string): Promise<Client & { readonly token: string; readonly tenantId: string }>;
}

export interface SmallGatewayOptions {
  settings?: Partial<Settings>;
  subgraphs?: (hosts: { relational: SubgraphHost; content: SubgraphHost }) => GatewayOptions['subgraphs'];
  redisUrl?: string;
  log?: Logger;
  /** Instead of what the two compose to. */
  supergraphSdl?: string;
}

export const SECRET = 'a secret of thirty-two characters or more';

export async function startSmallGateway(options: SmallGatewayOptions = {}): Promise<SmallGateway> {
  const settings: Settings = {
    ...readSettings({
      NODE_ENV: 'test',
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      MONGODB_URL: 'mongodb://127.0.0.1:1/none',
      REDIS_URL: 'redis://127.0.0.1:1',
      NEO4J_URL: 'bolt://127.0.0.1:1',
      NEO4J_PASSWORD: 'nobody-home',
      POLYGRAPH_SECRETS: SECRET,
    }),
    PORT: 0,
    CACHE: 'off',
    ...options.settings,
  };
  const dir = await mkdtemp(join(tmpdir(), 'polygraph-gateway-'));
  const issuer = await createLocalIssuer({
    dir,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
    tenantClaim: settings.JWT_TENANT_CLAIM,
  });
  const log = options.log ?? createLogger({ level: 'silent' });
  const directory = createMemoryDirectory();
  const redis = openRedis({ url: options.redisUrl ?? 'redis://127.0.0.1:1', secrets: [SECRET], log });
  const hosts = { relational: smallHost('relational'), content: smallHost('content') };
  const close = async (): Promise<void> => {
    await redis.close();
    await rm(dir, { recursive: true });
  };
  const gateway = await startGateway({
    settings,
    log,
    subgraphs: options.subgraphs?.(hosts) ?? hosts,
    supergraphSdl: options.supergraphSdl ?? SMALL_SUPERGRAPH,
    directory,
    redis,
    health: { check: async () => [{ name: 'POSTGRES', state: 'HEALTHY' }] },
    issuer,
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    url: gateway.url,
    issuer,
    directory,
    update: (supergraphSdl) => gateway.update(supergraphSdl),
    async as(role, tenantId = randomUUID()) {
      const userId = randomUUID();
      directory.addMember(tenantId, userId, role);
      const token = await issuer.issue({ userId, tenantId });
      return {
        token,
        tenantId,
        ...createClient(`${gateway.url}/graphql`, { authorization: `Bearer ${token}` }),
      };
    },
    async stop() {
      await gateway.stop();
      await close();
    },
  };
}

export interface MemoryDirectory extends Directory {
  readonly tenants: Map<string, TenantRecord>;
  readonly members: Map<string, MembershipRecord>;
  readonly keys: Map<string, ApiKeyRecord>;
  addMember(tenantId: string, userId: string, role: Role): void;
  addKey(key: string, facts: Partial<ApiKeyRecord> & Pick<ApiKeyRecord, 'tenantId' | 'scopes'>): void;
}

export function createMemoryDirectory(): MemoryDirectory {
  const tenants = new Map<string, TenantRecord>();
  const members = new Map<string, MembershipRecord>();
  const keys = new Map<string, ApiKeyRecord>();
  const addTenant = (id: string): void => {
    if (!tenants.has(id)) tenants.set(id, { id, slug: id.slice(0, 8), tier: 'STANDARD', status: 'ACTIVE' });
  };
  return {
    tenants,
    members,
    keys,
    tenant: async (id) => tenants.get(id),
    membership: async (tenantId, userId) => members.get(`${tenantId}/${userId}`),
    apiKey: async (prefix) => keys.get(prefix),
    addMember(tenantId, userId, role) {
      addTenant(tenantId);
      members.set(`${tenantId}/${userId}`, { userId, role });
    },
    addKey(key, facts) {
      addTenant(facts.tenantId);
      const prefix = key.split('_')[1] ?? '';
      const record = { id: randomUUID(), hash: hashApiKey(key), expiresAt: undefined, revokedAt: undefined, ...facts };
      keys.set(prefix, record);
    },
  };
}

/** One of the two subgraphs, behind a verifier of its own. */
export function smallHost(name: keyof typeof SMALL_SDL, secrets: [string, ...string[]] = [SECRET]): SubgraphHost {
  return createSubgraphHost({
    name,
    schema: buildSubgraphSchema([{ typeDefs: parse(SMALL_SDL[name]), resolvers: RESOLVERS[name] }]),
    verify: createAssertionVerifier(createAssertionKeys(secrets), name),
    openStores: () => Object.freeze({}) as TenantStores,
    createLoaders: () => undefined,
    log: createLogger({ level: 'silent' }),
  });
}

const HEAD = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    @link(url: "https://polygraph.dev/tenancy/v1.0", import: ["@tenantScoped", "@global", "@needsScopes", "@cacheControl"])
    @composeDirective(name: "@tenantScoped")
    @composeDirective(name: "@global")
    @composeDirective(name: "@needsScopes")
    @composeDirective(name: "@cacheControl")
    @scopesTenantsBy(walls: ["answers hold nothing but what the assertion says"])
  ${readDirectives()}
`;

const SMALL_SDL = {
  relational: `${HEAD}
    type Query {
      viewer: Viewer!
      documents(first: Int = 2): [Document!]!
      audit: [AuditLine!]!
      broken: String
      echo(text: String!): String!
      ofOthers: String! @cacheControl(maxAge: 0, ofOthers: true)
    }
    type Mutation { rename(id: ID!, title: String!): Document @needsScopes(all: ["content:write"]) }
    type Viewer @tenantScoped { tenant: ID!  id: ID!  kind: String!  scopes: [String!]! }
    type Document @key(fields: "id") @tenantScoped { id: ID!  title: String!  author: Author }
    type Author @tenantScoped { name: String!  documents: [Document!]! }
    type AuditLine @tenantScoped @needsScopes(all: ["audit:read"]) { text: String! }
  `,
  content: `${HEAD}
    type Query { contentStatus: String!  featured: [Document]! }
    type Document @key(fields: "id") @tenantScoped {
      id: ID!
      body: String
      views: Int @needsScopes(all: ["analytics:read"])
      leak: String
    }
  `,
};

type Context = SubgraphContext<undefined>;

const documentAt = (index: number) => ({ id: String(index), title: `Title ${index}`, author: { name: 'Ada' } });

const RESOLVERS: Record<keyof typeof SMALL_SDL, GraphQLResolverMap<Context>> = {
  relational: {
    Query: {
      viewer: (_: unknown, __: unknown, { tenant }: Context) => ({
        tenant: tenant.tenantId,
        id: tenant.principal.id,
        kind: tenant.principal.kind,
        scopes: tenant.scopes,
      }),
      documents: (_: unknown, { first }: { first: number }) =>
        Array.from({ length: first }, (__, at) => documentAt(at)),
      audit: () => [{ text: 'seen' }],
      broken: () => {
        throw new Error('connect ECONNREFUSED db.internal:5432');
      },
      echo: (_: unknown, { text }: { text: string }) => text,
      ofOthers: () => 'shared',
    },
    Document: {
      __resolveReference: ({ id }: { id: string }) => (id === 'deleted' ? null : documentAt(Number(id))),
    },
    Mutation: { rename: (_: unknown, { id, title }: { id: string; title: string }) => ({ id, title }) },
    Author: { documents: () => [documentAt(0)] },
  },
  content: {
    // The second is deleted elsewhere, and this store has not heard of it yet.
    Query: { contentStatus: () => 'fine', featured: () => [{ id: '0' }, { id: 'deleted' }] },
    Document: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      body: ({ id }: { id: string }) => `Body ${id}`,
      views: ({ id }: { id: string }) => Number(id) * 10,
      leak: ({ id }: { id: string }) => {
        if (id === '1') throw new Error('password=hunter2 at mongo.internal:27017');
        return 'ok';
      },
    },
  },
};

export const SMALL_SUPERGRAPH = composeTenantGraph(
  (['relational', 'content'] as const).map((name) => ({ name, typeDefs: parse(SMALL_SDL[name]) })),
);
