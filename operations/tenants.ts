import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { OnPrimary } from '#stores/postgres/pool';
import { openPostgresProvision, type TenantSummary } from '#stores/postgres/provision';

/** All of the installation, by slug. @param reason why somebody looks across tenants */
export async function listTenants(
  { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets }: Pick<Settings, 'DATABASE_URL' | 'POLYGRAPH_SECRETS'>,
  log: Logger,
  reason: string,
  onPrimary?: OnPrimary,
): Promise<readonly TenantSummary[]> {
  const provision = openPostgresProvision({ url, secrets, onPrimary, log });
  try {
    return await provision.dangerouslyAsSystem(reason).listTenants();
  } finally {
    await provision.close();
  }
}
