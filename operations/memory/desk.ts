import { createLexicalEmbedder } from '#platform/embedder';
import type { Postgres } from '#stores/postgres/index';
import { wrappingKeys } from '#subgraphs/relational/memory/encryption/data-keys';
import { createVault } from '#subgraphs/relational/memory/encryption/vault';
import type { OffloadDesk } from '#subgraphs/relational/memory/offloaded/write';
import { readSettings } from '#subgraphs/relational/policy/read';
import type { TenantContext } from '#tenancy/context';
import type { Environment } from '#tenancy/policy';

/** Of platform/settings.ts. */
export interface DeskSettings {
  readonly POLYGRAPH_SECRETS: readonly [string, ...string[]];
  readonly NODE_ENV: Environment;
}

/** What writes offloaded texts of a tenant outside of a request, within the limits of requests. */
export async function openDesk(
  postgres: Pick<Postgres, 'forTenant'>,
  tenant: TenantContext,
  { POLYGRAPH_SECRETS: secrets, NODE_ENV: environment }: DeskSettings,
): Promise<OffloadDesk> {
  const handle = postgres.forTenant(tenant);
  const settings = await readSettings(handle, environment);
  const megabytes = settings.find(({ name }) => name === 'limits.maxContextMb')?.value ?? 0;
  return {
    tenantId: tenant.tenantId,
    postgres: handle,
    vault: createVault(handle, tenant, wrappingKeys(secrets)),
    embedder: createLexicalEmbedder(),
    limit: megabytes * 1_000_000,
  };
}

/** Makes the project and its execution context where they are missing. @returns the id of the context */
export function ensureContext(
  { tenantId, postgres }: Pick<OffloadDesk, 'tenantId' | 'postgres'>,
  project: string,
  context: string,
): Promise<string> {
  return postgres.transaction(
    async (tx) => {
      await tx.memoryProject.createMany({ data: { tenantId, key: project, name: project }, skipDuplicates: true });
      const { id: projectId } = await tx.memoryProject.findFirstOrThrow({ where: { key: project } });
      await tx.executionContext.createMany({
        data: { tenantId, projectId, key: context, name: context },
        skipDuplicates: true,
      });
      const { id } = await tx.executionContext.findFirstOrThrow({ where: { projectId, key: context } });
      return id;
    },
    { action: 'memory.import' },
  );
}
