import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { driftLeft } from '#operations/reconcile/index';
import type { Relay } from '#operations/relay/index';
import { eq } from '#stores/mongo/index';
import { PROJECTION_TARGETS } from '#stores/postgres/outbox';
import { awaitArrival } from '#stores/postgres/outbox/arrival';
import { beginSaga, finishSaga, type Saga } from '#subgraphs/relational/contents/saga';
import { openProjectedWorld, type ProjectedWorld, saveDocuments } from '#test/kit/projected-world';

let world: ProjectedWorld;
let relay: Relay | undefined;
beforeAll(async () => {
  world = await openProjectedWorld();
});
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
});
afterAll(() => world.close());

/** Runs a process until it kills itself. */
async function killed(script: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const { tenantId, principal } = world.a.context;
  const stores = { DATABASE_URL: world.url, MONGODB_DATABASE: world.mongo.database };
  const victim = spawn(process.execPath, ['--import', 'tsx', `test/kit/${script}.ts`], {
    env: { ...process.env, ...stores, TENANT_ID: tenantId, USER_ID: principal.id, ...environment },
    stdio: 'inherit',
  });
  const [, signal] = await once(victim, 'exit');
  expect(signal).toBe('SIGKILL');
}

const INPUT = {
  ...{ title: 'In all or none', slug: undefined, summary: null, licence: null, tags: [], body: 'All of it.' },
  ...{ topics: [{ name: 'Physics', relevance: 1 }], keywords: ['llama'] },
};
/** As a caller that tries again with the same key. */
const tryAgain = async (key: string): Promise<Saga> => {
  const { postgres } = world.a;
  const { id, eventId } = await beginSaga(postgres, world.a.context, INPUT, { idempotencyKey: key, withinMs: 20_000 });
  await awaitArrival(postgres, [eventId], { withinMs: 20_000 });
  return finishSaga(postgres, id);
};
const sagas = (key: string) =>
  world.superuser<{ state: string; reason: string | null; id: string; hidden: boolean }>(
    `select s.state, s.reason, c.id, c.deleted_at is not null as hidden from sagas s join contents c on c.id = s.content_id
     where s.idempotency_key = $1`,
    [key],
  );
const drift = async () => (await world.reconcile(world.a, { dryRun: true })).map(driftLeft);

describe('a relay that is killed', () => {
  it.each(PROJECTION_TARGETS.flatMap((target) => [`before ${target}`, `after ${target}`]))(
    '%s was applied leaves nothing that the next one does not bring to the right state',
    async (at) => {
      const ids = await saveDocuments(world.a, 2);
      await world.a.save(ids[0] ?? '', 2, { body: 'The second body.' });
      await killed('relay-victim', { KILL_AT: at });
      await world.carry();
      expect(await drift()).toEqual([0, 0, 0]);
      const versions = world.openStores(world.a.context).mongo.collection('content_versions');
      expect(await versions.count({ contentId: eq(ids[0] ?? '') })).toBe(2);
    },
  );
});

describe('a document that is to be in all stores', () => {
  it.each([
    ['inside 1', 0],
    ['after 1', 1],
    ['inside 2', 1],
    ['after 2', 1],
  ])('is in all of them, once, where its process was killed %s', async (at, begun) => {
    relay = world.realRelay();
    relay.start();
    const key = randomUUID();
    await killed('saga-victim', { KILL_AT: at, KEY: key, INPUT: JSON.stringify(INPUT) });
    expect(await sagas(key)).toHaveLength(begun);
    // Nobody tries again: the relay finds what was begun.
    if (begun > 0) await expect.poll(() => sagas(key)).toMatchObject([{ state: 'DONE' }]);
    const again = await tryAgain(key);
    expect(await sagas(key)).toEqual([{ state: 'DONE', reason: null, id: again.contentId, hidden: false }]);
    expect(await drift()).toEqual([0, 0, 0]);
  });

  it.each(['after 1', 'inside 2', 'after 2'])(
    'is in none where a store refuses it and it was killed %s',
    async (at) => {
      relay = world.relayRefusing('GRAPH');
      relay.start();
      const key = randomUUID();
      await killed('saga-victim', { KILL_AT: at, KEY: key, INPUT: JSON.stringify(INPUT) });
      const compensated = { state: 'COMPENSATED', reason: 'GIVEN_UP', hidden: true };
      await expect.poll(() => sagas(key)).toMatchObject([compensated]);
      const { contentId } = await tryAgain(key);
      await relay.drain();
      const { mongo, neo4j } = world.openStores(world.a.context);
      const held = await mongo.collection('content_documents').findOne({ contentId: eq(contentId) }, ['deletedAt']);
      expect(held?.deletedAt).toBeInstanceOf(Date);
      expect(await neo4j.read('MATCH (c:Content {tenantId: $tenantId, id: $id}) RETURN c', { id: contentId })).toEqual(
        [],
      );
    },
  );

  it.each([
    ['inside 1', 20_000, { state: 'DONE', reason: null, hidden: false }],
    ['after 1', 20_000, { state: 'DONE', reason: null, hidden: false }],
    ['inside 1', 1, { state: 'COMPENSATED', reason: 'TIME_OVER', hidden: true }],
    ['after 1', 1, { state: 'COMPENSATED', reason: 'TIME_OVER', hidden: true }],
  ])('comes to one end where whoever ends it is killed %s, begun for %i ms', async (at, withinMs, end) => {
    const key = randomUUID();
    const { postgres, context } = world.a;
    const { id } = await beginSaga(postgres, context, INPUT, { idempotencyKey: key, withinMs });
    // What is late stays late, and what is in time is carried first.
    if (withinMs > 1) await world.carry();
    await killed('saga-victim', { KILL_AT: at, SAGA_ID: id });
    expect(await sagas(key)).toMatchObject([at === 'after 1' ? end : { state: 'RUNNING', hidden: true }]);
    await finishSaga(postgres, id);
    expect(await sagas(key)).toMatchObject([end]);
    await world.carry();
    expect(await drift()).toEqual([0, 0, 0]);
  });

  it('is in none where no relay carries it in time, however late somebody looks', async () => {
    const key = randomUUID();
    const { postgres, context } = world.a;
    const { id } = await beginSaga(postgres, context, INPUT, { idempotencyKey: key, withinMs: 1 });
    await expect.poll(async () => (await finishSaga(postgres, id)).state).toBe('COMPENSATED');
    await world.carry();
    expect(await sagas(key)).toMatchObject([{ state: 'COMPENSATED', reason: 'TIME_OVER', hidden: true }]);
    expect(await drift()).toEqual([0, 0, 0]);
  });

  it('does not take a key again for something else', async () => {
    const key = randomUUID();
    const { postgres, context } = world.a;
    const begin = (title: string) =>
      beginSaga(postgres, context, { ...INPUT, title }, { idempotencyKey: key, withinMs: 20_000 });
    const [first, second] = await Promise.all([begin('One'), begin('One')]);
    expect(second.id).toBe(first.id);
    await expect(begin('Another')).rejects.toMatchObject({ code: 'CONFLICT' });
    await world.carry();
    expect((await finishSaga(postgres, first.id)).state).toBe('DONE');
  });
});
