import { createLogger } from '#platform/log';
import { openPostgres } from '#stores/postgres/index';
import { awaitArrival } from '#stores/postgres/outbox/arrival';
import { beginSaga, finishSaga } from '#subgraphs/relational/contents/saga';
import { mortal } from './mortal.ts';
import { contextOf } from './postgres.ts';
import { TEST_SECRETS } from './secrets.ts';

/**
 * A process of its own that creates a document in all stores and is killed at KILL_AT: `inside` or `after` the commit of
 * its first (begin) or second (end) transaction. With SAGA_ID it only ends what another began, as the relay does.
 */
const { DATABASE_URL: url = '', TENANT_ID: tenantId = '', USER_ID: userId = '', KEY: key = '' } = process.env;
const tenant = contextOf(tenantId, userId);
const log = createLogger({ level: 'silent' });
const handle = openPostgres({ url, secrets: TEST_SECRETS, log }).forTenant(tenant);
const doomed = mortal(handle, process.env.KILL_AT);

async function begin(): Promise<string> {
  const { id, eventId } = await beginSaga(doomed, tenant, JSON.parse(process.env.INPUT ?? '{}'), {
    idempotencyKey: key,
    withinMs: 20_000,
  });
  await awaitArrival(doomed, [eventId], { withinMs: 20_000 });
  return id;
}

await finishSaga(doomed, process.env.SAGA_ID ?? (await begin()));
