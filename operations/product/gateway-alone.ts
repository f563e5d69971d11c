import { type Gateway, startGateway } from '#gateway/delivery/index';
import type { FindSubgraph, SubgraphPlaces } from '#gateway/execution/index';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { openAccounts } from '#stores/postgres/accounts';
import { createDirectory } from '#stores/postgres/directory';
import { openPostgres } from '#stores/postgres/index';
import { openPlayground } from './demo.ts';
import { openIssuer } from './issuer.ts';
import { openTenantRedis } from './stores.ts';

export interface GatewayAloneOptions {
  readonly settings: Settings;
  /** Where each subgraph takes POST. */
  readonly subgraphs: SubgraphPlaces | FindSubgraph;
  readonly supergraphSdl: string;
  readonly local: { readonly demo: boolean; readonly dir: string };
  readonly log: Logger;
}

/** The gateway in front of subgraphs of other processes. It reaches PostgreSQL for identity and Redis for rates, nothing else. */
export async function startGatewayAlone({
  settings,
  subgraphs,
  supergraphSdl,
  local,
  log,
}: GatewayAloneOptions): Promise<Gateway> {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const registry = { balancer: settings.READ_BALANCER, standbys: settings.DATABASE_STANDBYS };
  const postgres = openPostgres({ url, secrets, log, poolSize: 4, timeoutMs: settings.STORE_TIMEOUT_MS, registry });
  const { onPrimary } = postgres.servers;
  const directory = createDirectory({ url, secrets, onPrimary, log });
  const accounts = openAccounts({ url, secrets, onPrimary, log });
  const redis = openTenantRedis(settings, settings.STORE_TIMEOUT_MS, log);
  const close = async (): Promise<void> => {
    await Promise.allSettled([directory.close(), accounts.close(), postgres.close(), redis.close()]);
  };
  try {
    await redis.users?.check();
    const issuer = await openIssuer(settings, local.dir);
    const gateway = await startGateway({
      ...{ settings, log, subgraphs, directory, accounts, redis, postgres },
      supergraphSdl,
      health: { check: () => Promise.all([stateOf('POSTGRES', postgres), stateOf('REDIS', redis)]) },
      ...(issuer ? { issuer } : {}),
      plugins: [openPlayground(local.demo ? local.dir : undefined)],
    });
    return {
      ...gateway,
      async stop() {
        await gateway.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function stateOf<Name extends string>(name: Name, store: { ping(): Promise<void> }) {
  const state = await store.ping().then(
    () => 'HEALTHY',
    () => 'UNHEALTHY',
  );
  return { name, state };
}
