import { randomUUID } from 'node:crypto';
import { getOperationAST, parse } from 'graphql';
import { afterAll, expect, test } from 'vitest';
import { readCacheHints } from '#gateway/caching/hints';
import { createKeptAnswers } from '#gateway/caching/kept-answers';
import { keepOperation } from '#gateway/caching/operations';
import type { Around } from '#gateway/execution/interception';
import type { GatewayContext } from '#gateway/execution/operation';
import { createLogger } from '#platform/log';
import { createMetrics } from '#platform/metrics';
import { apiSchemaOf } from '#schema/api';
import { readSupergraph } from '#schema/subgraphs';
import { THINGS } from '#stores/redis/answers';
import { openRedis } from '#stores/redis/index';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import type { AgreedPolicy } from '#tenancy/policy';

const log = createLogger({ level: 'silent' });
const redis = openRedis({ url: String(process.env.REDIS_URL), log });
afterAll(() => redis.close());

const document = parse('{ contents { totalCount } }');
const schema = apiSchemaOf(readSupergraph());
const hints = readCacheHints(parse(readSupergraph()));

interface SetUp {
  memoryBytes?: number;
  onLook?: () => void;
  agreed?: AgreedPolicy;
}

/** One operation of a new tenant through the real cache, with a clock and an execution of the test's own. */
function setUp({ memoryBytes = 1_000_000, onLook = () => {}, agreed }: SetUp = {}) {
  const clock = { ms: Date.now() };
  const behind: Promise<unknown>[] = [];
  const options = { redis, tiers: ['STANDARD' as const], memoryBytes, writeSeconds: 1, now: () => clock.ms };
  const kept = createKeptAnswers(options);
  const operation = getOperationAST(document);
  const around =
    operation &&
    keepOperation(
      { schema, document, operation, queryHash: 'hash' },
      {
        ...{ kept, hints, version: 'v', staleSeconds: 30, metrics: { ...createMetrics(), observeCache: onLook } },
        behind: (context, work) => void behind.push(work(context)),
      },
    );
  if (!around) throw new Error('This operation is kept.');
  const facts = {
    tenantId: randomUUID(),
    tier: 'STANDARD' as const,
    roles: [],
    scopes: [],
    ...(agreed ? { agreed } : {}),
  };
  const tenant = dangerouslyMintTenantContext({ ...facts, principal: { kind: 'user', id: randomUUID() } });
  const state = { count: 0, runs: 0 };
  const run: Parameters<Around>[2] = async () => {
    state.runs += 1;
    return { data: { contents: { totalCount: state.count } } };
  };
  const ask = async (execute = run): Promise<readonly [count: unknown, outcome: string | undefined]> => {
    const trace: GatewayContext['trace'] = { fetches: 0, storeQueries: undefined, code: undefined };
    const { data } = await around({}, { tenant, trace } as GatewayContext, execute);
    return [Reflect.get(Object(data?.contents), 'totalCount'), trace.cache?.operation?.outcome];
  };
  const write = (certain = true) =>
    kept.write(tenant, [THINGS.list('Content')], async () => {
      state.count += 1;
      return { result: undefined, certain };
    });
  return { ask, write, clock, behind, state, run };
}

test('an answer past its time is given once more while it is made anew', async () => {
  const { ask, clock, behind, state } = setUp();
  expect(await ask()).toEqual([0, 'miss']);
  state.count = 7;
  clock.ms += 61_000;
  expect(await ask()).toEqual([0, 'stale']);
  await Promise.all(behind);
  expect(await ask()).toEqual([7, 'hit']);
  expect(state.runs).toBe(2);
});

test('many who ask at once for what is not kept make it once', async () => {
  let left = 20;
  let release = (): void => {};
  const allHaveLooked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const onLook = (): void => {
    left -= 1;
    if (left === 0) release();
  };
  const { ask, state, run } = setUp({ onLook });
  const slow: typeof run = (context) => allHaveLooked.then(() => run(context));
  const asked = await Promise.all(Array.from({ length: left }, () => ask(slow)));
  expect(asked.every(([count]) => count === 0)).toBe(true);
  expect(state.runs).toBe(1);
});

test('a read that began before a write and ends after it is not given to anybody else, and nobody waits for it', async () => {
  const { ask, write, run } = setUp();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begin = (): void => {};
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const early = ask(async (context) => {
    const old = await run(context);
    begin();
    await held;
    return old;
  });
  await began;
  await write();
  expect(await ask()).toEqual([1, 'miss']);
  release();
  expect(await early).toEqual([0, 'miss']);
  // It took the place of the good one, which costs another run.
  expect(await ask()).toEqual([1, 'miss']);
  expect(await ask()).toEqual([1, 'hit']);
});

test('while a write is under way, or may be, nothing that shows it is kept or given', async () => {
  const { ask, write } = setUp();
  await ask();
  await write(false);
  expect(await ask()).toEqual([1, 'bypass']);
  expect(await ask()).toEqual([1, 'bypass']);
  // Until it must be over.
  await expect.poll(async () => (await ask())[1]).toBe('miss');
  expect(await ask()).toEqual([1, 'hit']);
});

test('another process, with nothing in its memory, is given what Redis holds', async () => {
  const { ask } = setUp({ memoryBytes: 1 });
  expect(await ask()).toEqual([0, 'miss']);
  await expect.poll(async () => (await ask())[1]).toBe('hit');
});

test('an answer is kept no longer than was agreed with the tenant, and not at all where that is 0', async () => {
  const { ask, clock, state } = setUp({ agreed: { 'caches.maxAgeSeconds': 10 } });
  expect(await ask()).toEqual([0, 'miss']);
  clock.ms += 9_000;
  expect(await ask()).toEqual([0, 'hit']);
  clock.ms += 2_000;
  expect(await ask()).toEqual([0, 'miss']);
  expect(state.runs).toBe(2);
  const none = setUp({ agreed: { 'caches.maxAgeSeconds': 0 } });
  for (let times = 0; times < 2; times += 1) expect(await none.ask()).toEqual([0, 'bypass']);
});
