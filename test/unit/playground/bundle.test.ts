import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bundlePlayground } from '#gateway/delivery/playground/bundle';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

test('a bundle is made once, and its styles load nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polygraph-bundle-'));
  folders.push(folder);
  const first = await bundlePlayground(folder);
  const madeAt = (await stat(join(folder, first.script.file))).mtimeMs;
  const second = await bundlePlayground(folder);
  expect(second.script.content.equals(first.script.content)).toBe(true);
  expect((await stat(join(folder, second.script.file))).mtimeMs).toBe(madeAt);
  expect(await readdir(folder)).toHaveLength(3);
  expect(first.style.content.toString()).not.toMatch(/@font-face|@import|url\(["']?(?!data:)/);
});

test('a folder that cannot be written costs the copy, not the playground', async () => {
  const { script } = await bundlePlayground('/dev/null/nowhere');
  expect(script.content.length).toBeGreaterThan(100_000);
});
