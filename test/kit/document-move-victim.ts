import { moveDocuments } from '#stores/mongo/move/index';
import { TEST_DOCUMENT_KEYS, TEST_DRAIN_MS, TEST_GRACE_MS, TEST_TIMINGS } from './mongo.ts';

/** A process of its own: moves TENANT to WHERE, and stands still where the move gets to HALT, to be killed there. */
const { MONGODB_URL: url = '', DATABASE: database = '', TENANT: tenantId = '', WHERE, HALT } = process.env;
await moveDocuments({
  ...{ url, database, tenantId, to: WHERE === 'own' ? 'own' : 'shared' },
  ...{ keys: TEST_DOCUMENT_KEYS, timings: TEST_TIMINGS, graceMs: TEST_GRACE_MS, drainMs: TEST_DRAIN_MS },
  async onPoint(point) {
    if (point !== HALT) return;
    process.stdout.write(`${point}\n`);
    await new Promise(() => setInterval(() => undefined, 1_000));
  },
});
