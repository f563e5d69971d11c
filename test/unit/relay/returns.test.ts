import { expect, test } from 'vitest';
import { createReturns } from '#operations/relay/returns';
import { unavailable } from '#stores/breaker';
import type { Claim } from '#stores/postgres/outbox/queue';

const claim: Claim = { id: 'a', tenantId: 't', target: 'GRAPH', deadline: 0, deliveries: [] };

test('a claim that PostgreSQL could not take back is given back when it can', async () => {
  let away = true;
  const released: string[] = [];
  const returns = createReturns({
    async release({ id }, positions, code) {
      if (away) throw unavailable('postgres', new Error('gone'));
      released.push(`${id} ${positions.join()} ${code}`);
    },
  });
  await returns.giveBack(claim, [1n, 2n], 'STORE_UNAVAILABLE');
  await expect(returns.settle()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  away = false;
  await returns.settle();
  await returns.settle();
  expect(released).toEqual(['a 1,2 STORE_UNAVAILABLE']);
});

test('any other failure is told at once', async () => {
  const returns = createReturns({ release: () => Promise.reject(new TypeError('wrong')) });
  await expect(returns.giveBack(claim, [1n], 'INTERNAL')).rejects.toThrow('wrong');
});
