import { dangerouslyOpenUnguardedNeo4j } from '#bench/walls/unguarded-neo4j';
import { dangerouslyOpenUnwalledPostgres } from '#bench/walls/unwalled-postgres';
import { type Doors, serve } from '#gateway/delivery/serve';
import { createIdentity } from '#gateway/identity/index';
import { createLocalIssuer } from '#gateway/identity/local-issuer';
import { createHealthMonitor } from '#operations/health';
import { openStores } from '#operations/product/stores';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { readSupergraph } from '#schema/subgraphs';
import { createDirectory } from '#stores/postgres/directory';
import { combineStores, type Stores } from '#stores/stores';
import { createContentSubgraph } from '#subgraphs/content/index';
import { createKnowledgeSubgraph } from '#subgraphs/knowledge/index';
import { createOperationsSubgraph } from '#subgraphs/operations/index';
import { createRelationalSubgraph } from '#subgraphs/relational/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier, type VerifyAssertion } from '#tenancy/assertion/verify';
import type { TenantContext } from '#tenancy/context';
import { serveParent } from './parent.ts';

/**
 * The product's gateway and subgraphs in one process, over stores that are
 * migrated and filled already: once with every wall, once without row-level
 * security, assertions and the guard of Cypher. All else is the same code, and
 * what is left out is put in here: no setting and no option of the product can.
 */
const [dir = '', unwalledUrl] = process.argv.slice(2);
const settings = { ...readSettings(process.env), PORT: 0 };
const log = createLogger({ level: 'error' });
const standing = openStores(settings, log);
const stores = unwalledUrl === undefined ? standing : dangerouslyRemoveWalls(standing, unwalledUrl);
const keys = createAssertionKeys(settings.POLYGRAPH_SECRETS);
const health = createHealthMonitor({ stores, log });
const directory = createDirectory({ url: settings.DATABASE_URL, secrets: settings.POLYGRAPH_SECRETS, log });
const issuer = await createLocalIssuer({
  dir,
  issuer: settings.JWT_ISSUER,
  audience: settings.JWT_AUDIENCE,
  tenantClaim: settings.JWT_TENANT_CLAIM,
});

/** Without assertions a subgraph believes what it is told: here, what the gateway knew last. */
const told: { tenant?: TenantContext } = {};
const believe: VerifyAssertion = () => {
  if (!told.tenant) throw new Error('Nobody was told who asks.');
  return told.tenant;
};
const sign: Doors['sign'] =
  unwalledUrl === undefined
    ? createAssertionSigner(keys)
    : (tenant) => {
        told.tenant = tenant;
        return '';
      };
const doorOf = (name: string): VerifyAssertion =>
  unwalledUrl === undefined ? createAssertionVerifier(keys, name) : believe;
const parts = (name: string) => ({ verify: doorOf(name), openStores: stores.forTenant, log });

const gateway = await serve(
  {
    ...{ settings, log, health, supergraphSdl: readSupergraph() },
    subgraphs: {
      relational: createRelationalSubgraph(parts('relational')),
      content: createContentSubgraph(parts('content')),
      knowledge: await createKnowledgeSubgraph(parts('knowledge')),
      operations: createOperationsSubgraph({ ...parts('operations'), health }),
    },
  },
  {
    identify: createIdentity({ directory, settings, keys: issuer.keys }),
    takeRequest: undefined,
    sign,
    jwks: undefined,
    checkSupergraph: () => undefined,
  },
);
serveParent({ urls: { gateway: gateway.url } }, async () => {
  await gateway.stop();
  await directory.close();
  await stores.close();
});

function dangerouslyRemoveWalls({ mongo, redis }: Stores, url: string): Stores {
  const { POSTGRES_POOL_SIZE, NEO4J_URL, NEO4J_USER, NEO4J_PASSWORD, STORE_TIMEOUT_MS } = settings;
  const common = { timeoutMs: STORE_TIMEOUT_MS, log };
  return combineStores(
    dangerouslyOpenUnwalledPostgres({ url, poolSize: POSTGRES_POOL_SIZE, ...common }),
    mongo,
    dangerouslyOpenUnguardedNeo4j({ url: NEO4J_URL, user: NEO4J_USER, password: NEO4J_PASSWORD, ...common }),
    redis,
  );
}
