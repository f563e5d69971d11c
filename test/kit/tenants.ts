import { randomUUID } from 'node:crypto';
import { createApiKey } from '#gateway/identity/api-key';
import { createLocalIssuer } from '#gateway/identity/local-issuer';
import { createLogger } from '#platform/log';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { Role } from '#tenancy/roles';
import { scopesOf } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';
import { type Client, createClient } from './client.ts';
import { TEST_SECRETS } from './secrets.ts';
import type { World } from './world.ts';

/** A tenant that one test made for itself, in the world that all tests share. */
export interface TestTenant {
  readonly id: string;
  readonly tier: Tier;
  /** In every text the tenant writes, and in nothing else in the world. */
  readonly canary: string;
  readonly userIds: Readonly<Record<TestRole, string>>;
  as(role: TestRole): Client;
  readonly byKey: Client;
}

export type TestRole = 'OWNER' | 'EDITOR' | 'VIEWER';

export async function createTenant(world: World, tier: Tier = 'STANDARD'): Promise<TestTenant> {
  const id = randomUUID();
  const canary = `canary${id.replaceAll('-', '')}`;
  const userIds = { OWNER: randomUUID(), EDITOR: randomUUID(), VIEWER: randomUUID() };
  const { key, ...apiKey } = createApiKey();
  await provisioned(async (system) => {
    await system.upsertTenant({ id, slug: canary, name: `Tenant ${canary}`, tier, features: [canary] });
    for (const [role, userId] of Object.entries(userIds) as [Role, string][]) {
      await system.upsertUser({ id: userId, email: `${role}@${canary}.example`, name: `${role} ${canary}` });
      await system.upsertMembership({ tenantId: id, userId, role });
    }
    await system.upsertApiKey({ ...apiKey, tenantId: id, id: randomUUID(), name: canary, scopes: scopesOf(['OWNER']) });
  });
  const issuer = await createLocalIssuer({ dir: world.dir, ...ISSUER });
  const clients = await Promise.all(
    (Object.entries(userIds) as [TestRole, string][]).map(async ([role, userId]) => {
      const token = await issuer.issue({ userId, tenantId: id });
      return [role, createClient(`${world.url}/graphql`, { authorization: `Bearer ${token}` })] as const;
    }),
  );
  const byRole = Object.fromEntries(clients) as Record<TestRole, Client>;
  const byKey = createClient(`${world.url}/graphql`, { 'x-api-key': key });
  return { id, tier, canary, userIds, as: (role) => byRole[role], byKey };
}

type System = ReturnType<ReturnType<typeof openPostgresProvision>['dangerouslyAsSystem']>;

async function provisioned(work: (system: System) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL;
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
