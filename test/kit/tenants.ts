import { randomUUID } from 'node:crypto';
import { createLocalIssuer } from '#gateway/identity/local-issuer';
import { createLogger } from '#platform/log';
import { openPostgresProvision } from '#stores/postgres/provision';
import { createApiKey } from '#tenancy/api-key';
import type { Role } from '#tenancy/roles';
import { scopesOf } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';
import { type Client, createClient } from './client.ts';
import { placeDocuments } from './documents.ts';
import { TEST_SECRETS } from './secrets.ts';
import type { World } from './world.ts';

/** A tenant that one test made for itself, in the world that all tests share. */
export interface TestTenant {
  readonly id: string;
  readonly tier: Tier;
  /** In every text the tenant writes, and in nothing else in the world. Slugs and names begin with it: others may guess it. */
  readonly canary: string;
  /** In texts that nobody outside can guess and no test ever sends. */
  readonly secret: string;
  /** Addresses of the stores that hold it. */
  readonly environment: StoreEnvironment;
  readonly userIds: Readonly<Record<TestRole, string>>;
  as(role: TestRole): Client;
  readonly byKey: Client;
  /** Headers that say who calls. */
  readonly credentials: Readonly<Record<TestRole | 'API_KEY', Readonly<Record<string, string>>>>;
}

export type TestRole = 'OWNER' | 'EDITOR' | 'VIEWER';

export type StoreEnvironment = Readonly<Record<string, string | undefined>>;

/** @param environment of the world's stores; those of the world that all tests share where absent */
export async function createTenant(
  world: Pick<World, 'url' | 'dir'>,
  tier: Tier = 'STANDARD',
  environment: StoreEnvironment = process.env,
): Promise<TestTenant> {
  const id = randomUUID();
  const canary = `canary${id.replaceAll('-', '')}`;
  const secret = `secret${[...id.replaceAll('-', '')].reverse().join('')}`;
  const userIds = { OWNER: randomUUID(), EDITOR: randomUUID(), VIEWER: randomUUID() };
  const { key, ...apiKey } = createApiKey();
  await placeDocuments(environment.MONGODB_URL ?? '', id, tier);
  await provisioned(environment, async (system) => {
    await system.upsertTenant({ id, slug: canary, name: `Tenant ${canary}`, tier, features: [canary] });
    for (const [role, userId] of Object.entries(userIds) as [Role, string][]) {
      await system.upsertUser({ id: userId, email: `${role}@${canary}.example`, name: `${role} ${canary}` });
      await system.upsertMembership({ tenantId: id, userId, role });
    }
    await system.upsertApiKey({ ...apiKey, tenantId: id, id: randomUUID(), name: canary, scopes: scopesOf(['OWNER']) });
  });
  const issuer = await createLocalIssuer({ dir: world.dir, ...ISSUER });
  const bearer = async (userId: string) => ({
    authorization: `Bearer ${await issuer.issue({ userId, tenantId: id })}`,
  });
  const credentials = {
    OWNER: await bearer(userIds.OWNER),
    EDITOR: await bearer(userIds.EDITOR),
    VIEWER: await bearer(userIds.VIEWER),
    API_KEY: { 'x-api-key': key },
  };
  const clientOf = (caller: keyof typeof credentials): Client =>
    createClient(`${world.url}/graphql`, credentials[caller]);
  return {
    ...{ id, tier, canary, secret, environment, userIds, credentials },
    as: clientOf,
    byKey: clientOf('API_KEY'),
  };
}

type System = ReturnType<ReturnType<typeof openPostgresProvision>['dangerouslyAsSystem']>;

/** Works as the system that makes tenants, on the stores that the environment names. */
export async function provisioned(
  { DATABASE_URL: url }: StoreEnvironment,
  work: (system: System) => Promise<void>,
): Promise<void> {
  if (!url) throw new Error('DATABASE_URL is missing: run this through vitest, which starts the stores.');
  const provision = openPostgresProvision({ url, secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }) });
  try {
    await work(provision.dangerouslyAsSystem('setting up a test'));
  } finally {
    await provision.close();
  }
}

/** Of platform/settings.ts. */
const ISSUER = { issuer: 'https://polygraph.local', audience: 'polygraph', tenantClaim: 'tenant' };
