import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive, waitForEnd } from '#stores/local/alive';
import { assertNotLocked, takeLock } from '#stores/local/lock';
import { choosePort } from '#stores/local/ports';
import { missingLibrary } from '#stores/local/run';
import { openSecrets } from '#stores/local/secrets';
import { startServer } from '#stores/local/server';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-unit-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('a second start in the same folder learns who runs there', async () => {
  const file = path.join(dir, 'lock');
  const unlock = await takeLock(file);
  await expect(takeLock(file)).rejects.toThrow(`already runs with its data in ${dir} (process ${process.pid})`);
  await expect(assertNotLocked(file)).rejects.toThrow('already runs');
  await unlock();
  await assertNotLocked(file);
});

test('a lock whose holder died is taken over, even if its pid lives on in another program', async () => {
  const file = path.join(dir, 'stale');
  await writeFile(file, JSON.stringify({ pid: process.pid, command: 'another program' }));
  await (await takeLock(file))();
  const gone = spawn('true');
  await once(gone, 'exit');
  await writeFile(file, JSON.stringify({ pid: gone.pid, command: 'true' }));
  await (await takeLock(file))();
});

test('a store keeps its port, and gets another when it is taken', async () => {
  const first = await choosePort(dir, 'some');
  expect(await choosePort(dir, 'some')).toBe(first);
  const { createServer } = await import('node:net');
  const squatter = createServer().listen(first, '127.0.0.1');
  await once(squatter, 'listening');
  expect(await choosePort(dir, 'some')).not.toBe(first);
  squatter.close();
});

test('a lost password is told, not replaced', async () => {
  const made = await (await openSecrets(dir)).get('store');
  expect(await (await openSecrets(dir)).get('store', dir)).toBe(made);
  await expect((await openSecrets(dir)).get('other', dir)).rejects.toThrow(`${dir} holds data`);
});

const server = (ready: () => Promise<void>, command: string) => ({
  name: 'fake',
  title: 'The fake',
  command: '/bin/sh',
  args: ['-c', command],
  dir,
  mark: dir,
  cwd: dir,
  ready,
  signal: new AbortController().signal,
});

test('a server that ends shows the last lines of its log', async () => {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(path.join(dir, 'logs'), { recursive: true });
  const start = startServer(server(() => Promise.reject(new Error('no')), 'echo unknown key; exit 3'));
  await expect(start).rejects.toThrow(/The fake did not start: it ended by itself \(3\)[\s\S]*unknown key/);
});

test('a server that ignores the request to stop is killed', async () => {
  const running = await startServer({
    ...server(async () => {}, "trap '' TERM; while :; do sleep 0.1; done"),
    stopTimeoutMs: 200,
  });
  expect(isAlive(running.pid)).toBe(true);
  await running.stop();
  expect(await waitForEnd(running.pid, 1_000)).toBe(true);
});

test('a missing library comes with its package', () => {
  const line = 'postgres: error while loading shared libraries: libgssapi_krb5.so.2: cannot open shared object file';
  expect(missingLibrary(line)).toContain('apt-get install -y libgssapi-krb5-2');
  expect(missingLibrary('all is well')).toBe('');
});
