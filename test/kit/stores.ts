import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { createLogger } from '#platform/log';
import { isAlive } from '#stores/local/alive';
import { LOCAL_STORES, type LocalStores, startLocalStores } from '#stores/local/index';
import { startWorld } from './world.ts';

/**
 * Vitest runs this once before all tests that need stores. They get four stores
 * of their own in a folder that is gone afterwards, and one product over them
 * with small demo data (`useWorld`). A test that wants the bare stores reads
 * their addresses from process.env, by the names of platform/settings.ts. A
 * variable that is set already is kept, so the tests can be pointed at other servers.
 * POLYGRAPH_TEST_WORLD=none leaves the product out, for files that do not ask it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeFormerRuns();
  const dir = await mkdtemp(path.join(os.tmpdir(), PREFIX));
  const only = LOCAL_STORES.filter((store) => !process.env[store.variable]).map((store) => store.name);
  const stores = await startLocalStores({
    dir,
    only,
    durable: false,
    log: createLogger({ level: 'warn' }),
    progress: (line) => process.stderr.write(`stores: ${line}\n`),
  });
  // Workers are started after this and inherit the environment.
  Object.assign(process.env, stores.environment);
  const world = process.env.POLYGRAPH_TEST_WORLD === 'none' ? undefined : await worldOver(stores);
  if (world) project.provide('world', { url: world.url, demo: world.demo, dir: world.dir });
  return async () => {
    await world?.stop();
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  };
}

async function worldOver(stores: LocalStores): ReturnType<typeof startWorld> {
  try {
    return await startWorld(process.env);
  } catch (error) {
    await stores.stop();
    throw error;
  }
}

const PREFIX = 'polygraph-test-';

/** A run that was killed stops its stores by itself, but leaves its folder. */
async function removeFormerRuns(): Promise<void> {
  for (const name of await readdir(os.tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const dir = path.join(os.tmpdir(), name);
    const lock = await readFile(path.join(dir, 'lock'), 'utf8').catch(() => '{}');
    const { pid } = JSON.parse(lock || '{}') as { pid?: number };
    if (pid !== undefined && !isAlive(pid)) await rm(dir, { recursive: true, force: true }).catch(() => {});
  }
}
