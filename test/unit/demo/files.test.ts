import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoState, readDemoState, writeDemoState } from '#operations/demo/files';

const STATE: DemoState = {
  version: 1,
  tenants: { acme: { anchor: '2026-06-01T12:00:00.000Z', slugs: ['a'], eventsUntil: '2026-06-02T00:00:00.000Z' } },
};
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-demo-'));
});
afterAll(() => rm(dir, { recursive: true }));

test('the state is read back as it was written, and by its owner only', async () => {
  await writeDemoState(dir, STATE);
  expect(await readDemoState(dir)).toEqual(STATE);
  expect((await stat(join(dir, 'demo-state.json'))).mode & 0o777).toBe(0o600);
});

test.each(['', '{', '{"version":2,"tenants":{}}'])('a state file that holds %j counts as none', async (text) => {
  await writeFile(join(dir, 'demo-state.json'), text);
  expect(await readDemoState(dir)).toBeUndefined();
});
