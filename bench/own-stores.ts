import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { migrateStores } from '#operations/product/migrations';
import { openBackstage } from '#operations/product/stores';
import { createLogger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { type LocalStoreRow, startLocalStores } from '#stores/local/index';
import { createDirectory } from '#stores/postgres/directory';
import { openPostgresProvision, type Provision } from '#stores/postgres/provision';
import type { Stores } from '#stores/stores';
import type { Directory } from '#tenancy/directory';

export interface OwnStores {
  readonly settings: Settings;
  readonly stores: Stores;
  readonly directory: Directory;
  readonly provision: Provision;
  readonly servers: readonly LocalStoreRow[];
  readonly log: ReturnType<typeof createLogger>;
}

/** Runs a bench on stores of its own in a temporary folder, migrated and empty; both are gone afterwards. */
export async function onOwnStores<Result>(name: string, measure: (own: OwnStores) => Promise<Result>): Promise<Result> {
  const dir = await mkdtemp(path.join(os.tmpdir(), `polygraph-bench-${name}-`));
  const log = createLogger({ level: 'error' });
  const local = await startLocalStores({ dir, log, durable: false });
  try {
    const settings = readSettings({
      ...local.environment,
      POLYGRAPH_SECRETS: 'bench'.repeat(10),
      NODE_ENV: 'test',
      AUDIT_DIR: path.join(dir, 'audit'),
    });
    const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
    const stores = openBackstage(settings, log);
    await migrateStores(settings, stores, log).settled(120_000);
    const provision = openPostgresProvision({ url, secrets, log });
    const directory = createDirectory({ url, secrets, log });
    try {
      const system = provision.dangerouslyAsSystem('setting up a bench');
      return await measure({ settings, stores, directory, provision: system, servers: local.rows, log });
    } finally {
      await Promise.all([directory.close(), provision.close(), stores.close()]);
    }
  } finally {
    await local.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
