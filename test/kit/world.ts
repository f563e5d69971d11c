import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { DEMO_FILE, type DemoFile } from '#operations/demo/files';
import { type Product, type ProductOptions, startProduct } from '#operations/product/index';
import { createLogger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { type Client, createClient } from './client.ts';
import { TEST_SECRETS } from './secrets.ts';

/** The product with small demo data, as a client sees it. */
export interface World {
  /** Of the gateway, without a path. */
  readonly url: string;
  readonly demo: DemoFile;
  /** Holds the key of the token issuer. */
  readonly dir: string;
  /** @param slug of a demo tenant */
  as(slug: string, role?: 'owner' | 'editor' | 'viewer' | 'apiKey'): Client;
  readonly stranger: Client;
}

export type WorldFacts = Pick<World, 'url' | 'demo' | 'dir'>;

declare module 'vitest' {
  interface ProvidedContext {
    world: WorldFacts;
  }
}

/** The world that all tests share: read it, and write only what no other test reads. */
export function useWorld(): World {
  return openWorld(inject('world'));
}

/** A world of the test's own, over the stores that `environment` names. */
export async function startWorld(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<Settings> = {},
  options: Partial<Pick<ProductOptions, 'patienceMs' | 'log'>> = {},
): Promise<World & Pick<Product, 'stores' | 'relay' | 'missing' | 'stop'> & { readonly settings: Settings }> {
  const dir = await mkdtemp(join(tmpdir(), 'polygraph-world-'));
  const given = readSettings({ ...environment, NODE_ENV: 'test', POLYGRAPH_SECRETS: TEST_SECRETS.join(',') });
  const settings = { ...given, ...PATIENT, PORT: 0, AUDIT_DIR: join(dir, 'audit'), ...overrides };
  const product = await startProduct({
    settings,
    log: createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    local: { demo: true, dir },
    demoSize: { maxDocuments: 60, eventDays: 8 },
    ...options,
  });
  const demo = DEMO_FILE.parse(JSON.parse(await readFile(join(dir, 'demo.json'), 'utf8')));
  return {
    ...openWorld({ url: product.url, demo, dir }),
    ...{ settings, stores: product.stores, relay: product.relay, missing: product.missing },
    async stop() {
      await product.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function openWorld({ url, demo, dir }: WorldFacts): World {
  const endpoint = `${url}/graphql`;
  return {
    url,
    demo,
    dir,
    as(slug, role = 'viewer') {
      const tenant = demo.tenants.find((one) => one.slug === slug);
      if (!tenant) throw new Error(`There is no demo tenant ${slug}.`);
      if (role === 'apiKey') return createClient(endpoint, { 'x-api-key': tenant.apiKey });
      return createClient(endpoint, { authorization: `Bearer ${tenant.tokens[role]}` });
    },
    stranger: createClient(endpoint),
  };
}

/**
 * The tests share two cores with the stores: what is slow for that reason alone must not look like an outage. They count
 * what stores are asked, and are one address that asks a lot.
 */
const PATIENT = {
  STORE_TIMEOUT_MS: 15_000,
  OPERATION_TIMEOUT_MS: 30_000,
  CACHE: 'off',
  COST_PER_MINUTE: 1_000_000_000,
  MAX_OBJECTS: 1_000_000_000,
  FAILED_SIGN_INS_PER_MINUTE: 1_000_000,
  RATE_LIMIT_TENANT_PER_MINUTE: 1_000_000,
  RATE_LIMIT_OPERATION_PER_MINUTE: 1_000_000,
} as const;
