import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_TENANTS } from '#operations/demo/cast';
import { demoContext, ensureDemo } from '#operations/demo/index';
import { settleDocuments } from '#operations/moves/documents';
import { openStores } from '#operations/product/stores';
import { createLogger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { rebuildRollUps } from '#stores/mongo/rollups';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { Stores } from '#stores/stores';
import { TEST_SECRETS } from '../kit/secrets.ts';
import { useWorld } from '../kit/world.ts';

describe('the demo data', () => {
  const log = createLogger({ level: 'silent' });
  const world = useWorld();
  let dir: string;
  let settings: Settings;
  let stores: Stores;

  beforeAll(async () => {
    const given = readSettings({ ...process.env, NODE_ENV: 'test', POLYGRAPH_SECRETS: TEST_SECRETS.join(',') });
    settings = { ...given, STORE_TIMEOUT_MS: 30_000 };
    dir = await mkdtemp(join(tmpdir(), 'polygraph-demo-'));
    stores = openStores(settings, log);
  });
  afterAll(async () => {
    await stores.close();
    await rm(dir, { recursive: true });
  });

  /** As a second `npm start` whose notes about the first were lost. */
  async function makeAgain(overrides: Partial<Settings> = {}) {
    const provision = openPostgresProvision({ url: settings.DATABASE_URL, secrets: settings.POLYGRAPH_SECRETS, log });
    try {
      return await ensureDemo({
        ...{ stores, dir, log, maxDocuments: 60, eventDays: 2, url: world.url },
        settings: { ...settings, ...overrides },
        provision: provision.dangerouslyAsSystem('test'),
        relay: { drain: async () => {} },
        settleDocuments: (tenant) => settleDocuments(settings, tenant, { graceMs: 0 }),
        issuer: { issue: async ({ userId, tenantId }) => `${userId} in ${tenantId}` },
      });
    } finally {
      await provision.close();
    }
  }

  const revisions = () =>
    Promise.all(
      DEMO_TENANTS.map((tenant) => {
        const { prisma } = stores.forTenant(demoContext(tenant, log)).postgres;
        return prisma.content.aggregate({
          where: { importHash: { not: null } },
          _count: true,
          _sum: { revision: true },
        });
      }),
    );

  test('the demo made again doubles nothing, and its API keys stay', async () => {
    const before = await revisions();
    expect(before.every(({ _count }) => _count >= 55)).toBe(true);
    const file = await makeAgain();
    expect(await revisions()).toEqual(before);
    expect(file.tenants.map(({ apiKey }) => apiKey)).toEqual(world.demo.tenants.map(({ apiKey }) => apiKey));
    expect((await stat(join(dir, 'demo.json'))).mode & 0o777).toBe(0o600);
    const began = performance.now();
    await makeAgain();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('the daily counts of the demo are those of its events', async () => {
    const [acme] = DEMO_TENANTS;
    if (!acme) throw new Error('no tenant');
    const { mongo } = stores.forTenant(demoContext(acme, log));
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    expect(await mongo.collection('analytics_events').count({})).toBeGreaterThan(100);
    expect(await rebuildRollUps(mongo, { from: day, to: day })).toBe(0);
  });

  test('two tenants hold the same title under different ids', async () => {
    const query = '{ contentBySlug(slug: "graphql") { id title views(days: 7) } }';
    const answers = await Promise.all(['acme', 'globex'].map((slug) => world.as(slug).query(query)));
    const [a, b] = answers.map(({ data }) => data?.contentBySlug as { id: string; title: string; views: number });
    expect(a?.title).toBe(b?.title);
    expect(a?.id).not.toBe(b?.id);
    expect(a?.views).toBeGreaterThan(0);
  });

  test('production has no demo', async () => {
    await expect(makeAgain({ NODE_ENV: 'production' })).rejects.toThrow('production');
  });
});
