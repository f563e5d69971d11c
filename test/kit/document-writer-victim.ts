import { randomUUID } from 'node:crypto';
import { openMongo } from '#stores/mongo/index';
import { mintTestContext, TEST_DOCUMENT_KEYS, TEST_TIMINGS, testLog } from './mongo.ts';

/** A process of its own: writes one document after the other without end, and prints the id of each that was acknowledged. */
const { MONGODB_URL: url = '', DATABASE: database = '', TENANT: tenantId = '' } = process.env;
const options = { url, database, keys: TEST_DOCUMENT_KEYS, timings: TEST_TIMINGS, timeoutMs: 15_000, log: testLog };
const daily = openMongo(options).forTenant(mintTestContext({ tenantId })).collection('content_daily');
for (;;) {
  const contentId = randomUUID();
  const row = { contentId, day: '2026-01-31', views: 1, clicks: 0, shares: 0, conversions: 0 };
  await daily.insertMany([row]).then(
    () => process.stdout.write(`${contentId}\n`),
    // It may or may not have been done, and is not acknowledged.
    () => undefined,
  );
}
