import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuditKeeper } from '#operations/audit/keeper';
import { cleanMemory } from '#stores/postgres/memory/clean';
import { type AuditWorld, openAuditWorld } from '#test/kit/audit';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { openRememberer, type Rememberer } from '#test/kit/rememberer';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let audit: AuditWorld;
let tenant: Rememberer;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  audit = await openAuditWorld(world);
  tenant = await openRememberer(world, 'commanded', 'PREMIUM');
});
afterAll(async () => {
  await world.close();
  await audit.close();
});

const PROGRAM = fileURLToPath(new URL('../../bin/polygraph.mjs', import.meta.url));

async function polygraph(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: world.url, POLYGRAPH_SECRETS: TEST_SECRETS.join(',') };
  return (await promisify(execFile)(process.execPath, [PROGRAM, ...args], { env })).stdout;
}

it('counts, cleans and reports by command', { timeout: 240_000 }, async () => {
  await tenant.plant(2);
  await tenant.plant(3, { expired: true });
  expect(await polygraph('memory', 'refresh')).toBe('3 tenants counted.\n');
  expect(JSON.parse(await polygraph('memory', 'health'))).toMatchObject({ memories: 2, expired: 3, staleTenants: 0 });
  expect(await polygraph('memory', 'clean')).toBe('3 rows removed.\n');
  expect(await polygraph('memory', 'usage', 'commanded')).toMatch(/^commanded +2 +30 +3 /m);
});

it('does so every hour where the relay runs', async () => {
  const other = await openRememberer(world, 'kept');
  await other.plant(2);
  await other.plant(1, { expired: true });
  const { url, log } = world;
  const parts = { url, secrets: TEST_SECRETS, anchors: audit.anchors, archiveDir: `${audit.dir}/archive`, log };
  // What is due is done once more when it stops.
  await createAuditKeeper({ ...parts, everyMs: 3_600_000 }).stop();
  const { data } = await other.ask('{ memoryHistory { memories expired } }');
  expect(data.memoryHistory).toEqual([{ memories: 2, expired: 1 }]);
  expect((await cleanMemory({ url, secrets: TEST_SECRETS })).removed.MEMORIES).toBe(0);
});
