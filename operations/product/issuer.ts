import { createLocalIssuer, type LocalIssuer } from '#gateway/identity/local-issuer';
import type { Settings } from '#platform/settings';

/** The token issuer of this machine. @returns undefined where an identity provider is named */
export async function openIssuer(settings: Settings, dir: string): Promise<LocalIssuer | undefined> {
  if (settings.JWT_JWKS_URL) return undefined;
  return createLocalIssuer({
    dir,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
    tenantClaim: settings.JWT_TENANT_CLAIM,
  });
}
