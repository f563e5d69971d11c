import { createLogger } from '#platform/log';
import { openPostgres, type TenantPostgres } from '#stores/postgres/index';
import { awaitArrival } from '#stores/postgres/outbox/arrival';
import { beginSaga, finishSaga } from '#subgraphs/relational/contents/saga';
import { contextOf } from './postgres.ts';
import { TEST_SECRETS } from './secrets.ts';

/**
 * A process of its own that creates a document in all stores and is killed at KILL_AT: `inside` or `after` the commit of
 * its first (begin) or second (end) transaction.
 */
const { DATABASE_URL: url = '', TENANT_ID: tenantId = '', USER_ID: userId = '', KEY: key = '' } = process.env;
const tenant = contextOf(tenantId, userId);
const log = createLogger({ level: 'silent' });
const handle = openPostgres({ url, secrets: TEST_SECRETS, log }).forTenant(tenant);
let transactions = 0;
const die = (at: string): void => {
  if (process.env.KILL_AT === at) process.kill(process.pid, 'SIGKILL');
};
const mortal: TenantPostgres = {
  prisma: handle.prisma,
  sql: handle.sql,
  registry: handle.registry,
  async transaction(work, options) {
    transactions += 1;
    const number = transactions;
    const result = await handle.transaction(async (tx) => {
      const made = await work(tx);
      die(`inside ${number}`);
      return made;
    }, options);
    die(`after ${number}`);
    return result;
  },
};
const saga = await beginSaga(mortal, tenant, JSON.parse(process.env.INPUT ?? '{}'), {
  idempotencyKey: key,
  withinMs: 20_000,
});
await awaitArrival(mortal, [saga.eventId], { withinMs: 20_000 });
await finishSaga(mortal, saga.id);
