import type { LocalIssuer } from '#gateway/identity/local-issuer';
import type { Role } from '#tenancy/roles';
import { DEMO_TENANTS, type DemoTenant, memberOf, PLATFORM_TENANT } from './cast.ts';
import type { DemoFile } from './files.ts';

export interface SignInOptions {
  issuer: Pick<LocalIssuer, 'issue'>;
  url: string;
  keyOf: (tenant: DemoTenant) => string;
}

/** A token for each demo role of each tenant, valid for 12 hours. */
export async function signIn({ issuer, url, keyOf }: SignInOptions): Promise<DemoFile> {
  const tenants = DEMO_TENANTS.map(async (tenant) => {
    const [owner, editor, viewer] = await Promise.all([
      demoToken(issuer, tenant, 'OWNER'),
      demoToken(issuer, tenant, 'EDITOR'),
      demoToken(issuer, tenant, 'VIEWER'),
    ]);
    const { id, slug, name, tier } = tenant;
    return { id, slug, name, tier, tokens: { owner, editor, viewer }, apiKey: keyOf(tenant) };
  });
  return {
    url,
    tenants: await Promise.all(tenants),
    platformAdmin: await demoToken(issuer, PLATFORM_TENANT, 'PLATFORM_ADMIN'),
  };
}

export function demoToken(
  issuer: Pick<LocalIssuer, 'issue'>,
  tenant: DemoTenant,
  role: Role,
  lifetimeSeconds = 12 * 3_600,
): Promise<string> {
  return issuer.issue({ userId: memberOf(tenant, role).userId, tenantId: tenant.id, lifetimeSeconds });
}
