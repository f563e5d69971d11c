import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { takeMetrics } from '#stores/postgres/maintenance/metrics';
import { refreshRollups } from '#stores/postgres/memory/rollups';
import { TIERS } from '#tenancy/tiers';
import { placeDocuments } from '#test/kit/documents';
import { type Population, populate } from '#test/kit/population';
import { TEST_SECRETS } from '#test/kit/secrets';
import { createTenant, provisioned, type TestTenant } from '#test/kit/tenants';
import { copyTenant, restoreTenant, type TenantCopy, type Who } from '../copies/index.ts';
import { fill, giveUp } from '../filling/index.ts';
import { type FuzzWorld, startFuzzWorld } from './world.ts';

export interface Inhabitant extends Who {
  readonly tenant: TestTenant;
  readonly population: Population;
  /** As it was when nothing had been tried yet. */
  readonly copy: TenantCopy;
}

/** Two worlds that are the same but for the victims, of whom one has never heard. */
export interface Worlds {
  readonly inhabited: FuzzWorld;
  readonly alone: FuzzWorld;
  /** In both worlds, equal to the byte. One of each tier. */
  readonly attackers: readonly Inhabitant[];
  /** In the inhabited world only. One of each tier. */
  readonly victims: readonly Inhabitant[];
  stop(): Promise<void>;
}

export interface WorldsOptions {
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Starts both on stores of their own in a temporary folder, which is gone afterwards. */
export async function openWorlds({ progress, signal }: WorldsOptions): Promise<Worlds> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-fuzz-'));
  const closing: (() => Promise<void>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of closing.reverse().splice(0)) await step();
  };
  const open = async (name: string): Promise<FuzzWorld> => {
    const folder = path.join(dir, name);
    await mkdir(folder);
    const log = createLogger({ level: 'error' });
    const stores = await startLocalStores({ dir: folder, log, durable: false, ...(signal ? { signal } : {}) });
    closing.push(stores.stop);
    const world = await startFuzzWorld(name, stores.environment, dir);
    closing.push(world.stop);
    return world;
  };
  try {
    progress('eight stores and two products');
    // One after the other: both make the issuer's key where there is none.
    const inhabited = await open('inhabited');
    const alone = await open('alone');
    progress('eight tenants, of which four live in both worlds');
    const all = await projecting(inhabited, settleAll(inhabited));
    await giveUp(inhabited, all);
    const access = { url: inhabited.stores.DATABASE_URL ?? '', secrets: TEST_SECRETS };
    await takeMetrics(access);
    await refreshRollups(access);
    const inhabitants = await Promise.all(all.map((one) => withCopy(one, inhabited)));
    const attackers = inhabitants.slice(0, TIERS.length);
    const victims = inhabitants.slice(TIERS.length);
    for (const { tenant, copy } of attackers) await move(tenant, copy, alone);
    return { inhabited, alone, attackers, victims, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whoever fills a tenant waits for its projections, which run only when they are told to. */
async function projecting<T>(world: FuzzWorld, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const watched = work.finally(() => ended.abort());
  watched.catch(() => undefined);
  while (!ended.signal.aborted) {
    await world.drain();
    await sleep(100, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  await world.drain();
  return watched;
}

type Settled = Omit<Inhabitant, 'copy'>;

async function settleAll(world: FuzzWorld): Promise<Settled[]> {
  const all = await Promise.all([...TIERS, ...TIERS].map((tier) => settle(world, tier)));
  await fill(world, all);
  return all;
}

async function settle(world: FuzzWorld, tier: Who['tier']): Promise<Settled> {
  const tenant = await createTenant(world, tier, world.stores);
  const population = await populate(tenant);
  return { id: tenant.id, tier, tenant, population };
}

const withCopy = async (settled: Settled, { stores }: FuzzWorld): Promise<Inhabitant> => ({
  ...settled,
  copy: await copyTenant(stores, settled),
});

/** Makes the tenant's place in the other world, then its rows as they are in this one. */
async function move({ id, tier, canary }: TestTenant, copy: TenantCopy, to: FuzzWorld): Promise<void> {
  await placeDocuments(to.stores.MONGODB_URL ?? '', id, tier);
  await provisioned(to.stores, (system) => system.upsertTenant({ id, tier, slug: canary, name: canary }));
  await restoreTenant(to.stores, copy);
}
