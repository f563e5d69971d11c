import { expect, test } from 'vitest';
import { createLogger } from '#platform/log';
import { superviseStore } from '#stores/local/supervise';
import type { LaunchOptions, LocalStore } from '#stores/local/types';

/** A store without a process: `die` ends the one that runs. */
function mortal(refusals = 0) {
  const launches: Pick<LaunchOptions, 'keepPort'>[] = [];
  const stopped: number[] = [];
  let die: (how: string) => void = () => {};
  const store: LocalStore = {
    name: 'redis',
    variable: 'REDIS_URL',
    async launch({ keepPort, signal }) {
      signal.throwIfAborted();
      const pid = launches.push(keepPort === undefined ? {} : { keepPort });
      if (pid > 1 && pid <= 1 + refusals) throw new Error('the port is taken');
      const ended = new Promise<string>((resolve) => {
        die = resolve;
      });
      return {
        row: { store: 'redis', version: 'Valkey', address: '127.0.0.1:1', dataDir: '/none', pid },
        environment: { REDIS_URL: 'redis://127.0.0.1:1' },
        ended,
        async stop() {
          stopped.push(pid);
          die('0');
        },
      };
    },
  };
  return { store, launches, stopped, die: (how: string) => die(how) };
}

const options = {
  ...{ dir: '/none', toolsDir: '/none', durable: true, progress: () => {} },
  secrets: { get: async () => 'none' },
  log: createLogger({ level: 'silent' }),
  signal: new AbortController().signal,
} satisfies LaunchOptions;

test('a store that dies is started again on its port, until it stays up', async () => {
  const { store, launches, stopped, die } = mortal(2);
  const supervised = await superviseStore(store, options, 1);
  die('SIGKILL');
  await expect.poll(() => supervised.row().pid).toBe(4);
  expect(launches).toEqual([{}, { keepPort: true }, { keepPort: true }, { keepPort: true }]);
  die('1');
  await expect.poll(() => supervised.row().pid).toBe(5);
  await supervised.stop();
  expect([...new Set(stopped)]).toEqual([5]);
});

test('a store that is told to stop stays down', async () => {
  const { store, launches } = mortal();
  const supervised = await superviseStore(store, options, 1);
  await supervised.stop();
  expect(launches).toHaveLength(1);
});

test('a stop while the store is down ends the attempts', async () => {
  const { store, launches, die } = mortal();
  const supervised = await superviseStore(store, options, 60_000);
  die('SIGKILL');
  await supervised.stop();
  expect(launches).toHaveLength(1);
});
