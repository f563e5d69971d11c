import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createStoreBreaker } from '#stores/breaker';

const gone = new Error('connect ECONNREFUSED 10.1.2.3:7687');
const open = () =>
  createStoreBreaker({ store: 'neo4j', isUnreachable: (error) => error === gone, timeoutMs: 1_000, failures: 2 });
const fail = () => Promise.reject(gone);
const unavailable = { code: 'STORE_UNAVAILABLE', message: 'Neo4j does not answer at the moment.' };

test('a wrong statement is the caller’s fault and opens nothing', async () => {
  const breaker = open();
  const wrong = new Error('syntax');
  for (let n = 0; n < 5; n += 1) await expect(breaker.run(() => Promise.reject(wrong))).rejects.toBe(wrong);
  expect(breaker.state()).toBe('closed');
});

test('after failures in a row nobody is sent to the store', async () => {
  const breaker = open();
  for (let n = 0; n < 2; n += 1) await expect(breaker.run(fail)).rejects.toMatchObject(unavailable);
  let asked = false;
  const ask = breaker.run(async () => {
    asked = true;
  });
  await expect(ask).rejects.toMatchObject(unavailable);
  expect([breaker.state(), asked]).toEqual(['open', false]);
});

test('one call probes the store, a thousand others learn at once that it is away, and its success serves all', async () => {
  const breaker = open();
  for (let n = 0; n < 2; n += 1) await expect(breaker.run(fail)).rejects.toMatchObject(unavailable);
  let answer: (text: string) => void = () => {};
  const hanging = new Promise<string>((resolve) => {
    answer = resolve;
  });
  let probe = breaker.run(() => hanging);
  while (breaker.state() !== 'half-open') {
    await expect(probe).rejects.toMatchObject(unavailable);
    await sleep(20);
    probe = breaker.run(() => hanging);
  }
  const others = await Promise.allSettled(Array.from({ length: 1_000 }, () => breaker.run(async () => 'through')));
  expect(others.every(({ status }) => status === 'rejected')).toBe(true);
  answer('well');
  expect([await probe, await breaker.run(async () => 'served')]).toEqual(['well', 'served']);
});
