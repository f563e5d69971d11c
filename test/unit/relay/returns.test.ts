import { expect, test } from 'vitest';
import { createReturns } from '#operations/relay/returns';
import { unavailable } from '#stores/breaker';
import type { Claim, OutboxQueue } from '#stores/postgres/outbox/queue';

const claim: Claim = { id: 'a', tenantId: 't', target: 'GRAPH', deadline: 0, deliveries: [] };

test('a claim that PostgreSQL could not take back is given back when it can', async () => {
  let away = true;
  const released: string[] = [];
  const release: OutboxQueue['release'] = async ({ id }, positions, code) => {
    if (away) throw unavailable('postgres', new Error('gone'));
    return released.push(`${id} ${positions} ${code}`);
  };
  const returns = createReturns({ queue: { release }, leaseMs: 30_000 });
  await returns.giveBack(claim, [1n, 2n], 'STORE_UNAVAILABLE');
  await expect(returns.settle()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  away = false;
  await returns.settle();
  await returns.settle();
  expect(released).toEqual(['a 1,2 STORE_UNAVAILABLE']);
});

test('a claim that may still be made is given back until it was made, or its lease would be over', async () => {
  let clock = 0;
  const found = [0, 0, 3];
  const queue = { release: async () => found.shift() ?? expect.fail('nothing is owed any more') };
  const returns = createReturns({ queue, leaseMs: 30_000, now: () => clock });
  returns.disown(claim);
  for (let look = 0; look < 5; look += 1) await returns.settle();
  expect(found).toEqual([]);

  found.push(0, 0);
  returns.disown({ ...claim, id: 'never made' });
  await returns.settle();
  clock = 30_000;
  for (let look = 0; look < 3; look += 1) await returns.settle();
  expect(found).toEqual([]);
});

test('any other failure is told at once', async () => {
  const queue = { release: () => Promise.reject(new TypeError('wrong')) };
  const returns = createReturns({ queue, leaseMs: 30_000 });
  await expect(returns.giveBack(claim, [1n], 'INTERNAL')).rejects.toThrow('wrong');
});
