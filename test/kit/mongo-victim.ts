import { randomUUID } from 'node:crypto';
import { projectDocument } from '#operations/projections/documents';
import { recordEvents } from '#stores/mongo/events';
import { openMongo } from '#stores/mongo/index';
import { contentSaved, mintTestContext, testLog } from './mongo.ts';

/** A process of its own: records events and projects bodies without end, several at once, until it is killed. */
const { MONGODB_URL: url = '', DATABASE: database = '', TENANT: tenantId = '' } = process.env;
const mongo = openMongo({ url, database, timeoutMs: 5_000, log: testLog }).forTenant(mintTestContext({ tenantId }));
const contentId = randomUUID();

async function work(worker: number): Promise<void> {
  const documentId = randomUUID();
  for (let round = 1; ; round += 1) {
    const events = ['VIEW', 'CLICK', 'VIEW'] as const;
    const keys = events.map((kind, index) => ({ kind, idempotencyKey: `victim/${worker}/${round}/${index}` }));
    await recordEvents(
      mongo,
      keys.map((key) => ({ ...key, contentId, at: new Date() })),
    );
    await projectDocument(mongo, contentSaved(documentId, round, `body ${round}`));
    process.stdout.write('.');
  }
}

await Promise.all([1, 2, 3].map(work));
