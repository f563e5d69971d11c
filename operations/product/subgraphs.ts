import type { Logger } from '#platform/log';
import type { SealingKeys } from '#platform/sealing';
import type { Settings } from '#platform/settings';
import type { SubgraphName } from '#schema/subgraphs';
import type { Maintenance } from '#stores/postgres/maintenance/index';
import type { Stores } from '#stores/stores';
import { createContentSubgraph } from '#subgraphs/content/index';
import { createKnowledgeSubgraph } from '#subgraphs/knowledge/index';
import { createOperationsSubgraph } from '#subgraphs/operations/index';
import { createRelationalSubgraph } from '#subgraphs/relational/index';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import type { VerifyingKeys } from '#tenancy/assertion/keys';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import type { HealthMonitor } from '../health.ts';

export interface SubgraphParts {
  readonly settings: Pick<Settings, 'CONTENT_BODY_LIMIT' | 'NODE_ENV'>;
  /** Of the gateway's assertions. */
  readonly keys: VerifyingKeys;
  /** Wraps the keys of encrypted memory; absent where this process was not given them. */
  readonly sealing?: SealingKeys | undefined;
  readonly stores: Stores;
  readonly health: HealthMonitor;
  /** Where this process holds the master secret. */
  readonly maintenance?: Maintenance | undefined;
  readonly log: Logger;
}

/** Makes one subgraph, to be reached in this process or served alone over HTTP. */
export async function createSubgraph(
  name: SubgraphName,
  { settings, keys, sealing, stores, health, maintenance, log }: SubgraphParts,
): Promise<SubgraphHost> {
  const verify = createAssertionVerifier(keys, name);
  const parts = { verify, openStores: stores.forTenant, log };
  switch (name) {
    case 'relational':
      return createRelationalSubgraph({
        ...parts,
        limits: { bodyLimit: settings.CONTENT_BODY_LIMIT },
        environment: settings.NODE_ENV,
        sealing,
      });
    case 'content':
      return createContentSubgraph(parts);
    case 'knowledge':
      return createKnowledgeSubgraph(parts);
    case 'operations':
      return createOperationsSubgraph({ ...parts, health, maintenance });
  }
}
