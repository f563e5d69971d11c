import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { RequestTimes } from '#platform/request-times';

test('what is read is what prom-client would write', async () => {
  const registry = new Registry();
  const theirs = new Histogram({
    name: 'polygraph_request_seconds',
    help: 'Time to answer a GraphQL request, by code of its first error.',
    labelNames: ['code'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const ours = new RequestTimes();
  expect(ours.text()).toBe(await registry.metrics());
  for (const code of ['OK', 'TIMEOUT', 'OK']) {
    for (const seconds of [0, 0.005, 0.0050001, 0.3, 10, 11]) {
      theirs.observe({ code }, seconds);
      ours.observe(code, seconds);
    }
  }
  expect(ours.text()).toBe(await registry.metrics());
});
