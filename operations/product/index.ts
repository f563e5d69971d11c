import { startGateway } from '#gateway/delivery/index';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { readSupergraph, SUBGRAPHS } from '#schema/subgraphs';
import { openAccounts } from '#stores/postgres/accounts';
import { createDirectory } from '#stores/postgres/directory';
import { openMaintenance } from '#stores/postgres/maintenance/index';
import type { Stores } from '#stores/stores';
import { wrappingKeys } from '#subgraphs/relational/memory/encryption/data-keys';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createHealthMonitor, type StoreHealth } from '../health.ts';
import { type Progress, SILENT } from '../import/progress.ts';
import type { Relay } from '../relay/index.ts';
import { type DemoSize, openPlayground, startDemo } from './demo.ts';
import { openIssuer } from './issuer.ts';
import { openKeepers } from './keepers.ts';
import { migrateStores } from './migrations.ts';
import { openRelay } from './relay.ts';
import { openBackstage, openStores } from './stores.ts';
import { createSubgraph } from './subgraphs.ts';
import { warmUp } from './warm-up.ts';

/** The whole product in one process. */
export interface Product {
  /** Of the gateway, http://host:port */
  readonly url: string;
  readonly stores: Stores;
  readonly relay: Relay;
  /** Stores that did not answer at the start. Their fields, and the rest of the demo data, follow when they do. */
  readonly missing: readonly StoreHealth['name'][];
  /** Lets requests in flight finish, then closes everything. */
  stop(): Promise<void>;
}

export interface ProductOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly local: {
    /** Makes demo tenants and trusts tokens of this machine's own issuer. */
    readonly demo: boolean;
    /** Keeps the issuer's key and demo.json. */
    readonly dir: string;
  };
  readonly progress?: Progress;
  /** Smaller than the default for tests. */
  readonly demoSize?: DemoSize;
  /** How long the start waits for stores that do not answer before it goes on without them. */
  readonly patienceMs?: number;
  /**
   * False leaves what the outbox holds until someone calls `relay.drain`, and keeps nothing else by itself: for tests that
   * must not depend on who is quicker.
   */
  readonly startRelay?: boolean;
}

/**
 * Opens the stores, brings them up to date, and serves the graph over them: four
 * subgraphs in process, the relay between the stores, the gateway in front.
 */
export async function startProduct({
  settings,
  log,
  local,
  progress = SILENT,
  demoSize = {},
  patienceMs = 10_000,
  startRelay = true,
}: ProductOptions): Promise<Product> {
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.reverse().splice(0)) await step();
  };
  try {
    const stores = openStores(settings, log);
    closing.push(stores.close);
    await stores.redis.users?.check();
    const migrations = migrateStores(settings, stores, log);
    closing.push(migrations.stop);
    const { onPrimary } = stores.postgres.servers;
    const directory = createDirectory({
      url: settings.DATABASE_URL,
      secrets: settings.POLYGRAPH_SECRETS,
      timeoutMs: settings.STORE_TIMEOUT_MS,
      onPrimary,
      log,
    });
    closing.push(directory.close);
    const accounts = openAccounts({
      url: settings.DATABASE_URL,
      secrets: settings.POLYGRAPH_SECRETS,
      timeoutMs: settings.STORE_TIMEOUT_MS,
      onPrimary,
      log,
    });
    closing.push(accounts.close);
    const health = createHealthMonitor({ stores, log });
    closing.push(health.stop);

    const keys = createAssertionKeys(settings.POLYGRAPH_SECRETS);
    const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, VECTOR_INDEX: vectorIndex } = settings;
    const maintenance = openMaintenance({ url, secrets, vectorIndex }, onPrimary);
    const sealing = wrappingKeys(secrets);
    const parts = { settings, keys, sealing, stores, health, maintenance, log };
    const hosts = await Promise.all(SUBGRAPHS.map(async (name) => [name, await createSubgraph(name, parts)] as const));
    await migrations.settled(patienceMs);
    health.start();
    const backstage = openBackstage(settings, log, onPrimary);
    closing.push(backstage.close);
    const relay = openRelay(settings, backstage, directory, log);
    closing.push(relay.stop);
    if (startRelay) relay.start();
    const keepers = openKeepers({ settings, stores: backstage, onPrimary, log });
    closing.push(keepers.stop);
    if (startRelay) keepers.start();

    const issuer = await openIssuer(settings, local.dir);
    const gateway = await startGateway({
      settings,
      log,
      subgraphs: Object.fromEntries(hosts),
      supergraphSdl: readSupergraph(),
      directory,
      accounts,
      redis: stores.redis,
      postgres: stores.postgres,
      health,
      ...(issuer ? { issuer } : {}),
      plugins: [openPlayground(local.demo ? local.dir : undefined)],
    });
    closing.push(gateway.stop);
    if (local.demo && issuer) {
      const parts = { settings, stores: backstage, relay, issuer, url: gateway.url, dir: local.dir, log, progress };
      const demo = await startDemo({ ...parts, ...demoSize }, migrations.postgres);
      closing.push(demo.stop);
      if (migrations.pending().length === 0) {
        await demo.tried;
        await warmUp(gateway.url, local.dir);
      }
    }
    const missing = (await health.check()).filter(({ state }) => state === 'UNHEALTHY').map(({ name }) => name);
    return { url: gateway.url, stores, relay, missing, stop: close };
  } catch (error) {
    await close();
    throw error;
  }
}
