import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreName } from '#platform/tally';
import type { Client } from '../kit/client.ts';
import { type Loop, type OutageWorld, type Sample, startLoop, startOutageWorld, whenComplete } from '../kit/outage.ts';
import {
  expectNothingLeaked,
  expectOtherFields,
  expectTypedErrors,
  HEADING,
  lineOf,
  type Outage,
} from '../kit/outage-checks.ts';
import { connectAdmin, connectionsAs } from '../kit/redis.ts';

/**
 * Each store in turn goes away while all tenants ask for their ten newest
 * documents: killed (-9) and started again over its data, or frozen and woken.
 * What must hold: an answer or a typed error for the fields of that store
 * alone, in bounded time; nobody's rows in another's answer; what was
 * acknowledged is there afterwards; service again without anybody's help.
 */
let world: OutageWorld;
let tenants: readonly string[];
const report = [HEADING];
beforeAll(async () => {
  world = await startOutageWorld(5_000);
  tenants = world.demo.tenants.map(({ slug }) => slug);
}, 180_000);
afterAll(async () => {
  await world?.stop();
  process.stdout.write(`\n${report.join('\n')}\n`);
}, 60_000);

const STORES = ['mongo', 'neo4j', 'redis', 'postgres'] as const;
const HOW = {
  killed: async (store: StoreName, meanwhile: () => Promise<void>) => {
    world.kill(store);
    await meanwhile();
    await world.restarted(store);
  },
  frozen: async (store: StoreName, meanwhile: () => Promise<void>) => {
    const wake = world.freeze(store);
    try {
      await Promise.all([meanwhile(), sleep(6_000)]);
    } finally {
      wake();
    }
  },
};

describe.each(STORES.flatMap((store) => [[store, 'killed'] as const, [store, 'frozen'] as const]))(
  '%s %s under load',
  (store, how) => {
    let outage: Outage;

    test('it is back by itself, with what it had acknowledged', { timeout: 180_000 }, async () => {
      const loop = startLoop(world);
      try {
        await whenComplete(loop, tenants);
        const before = new Map(tenants.map((tenant) => [tenant, last(loop, tenant)]));
        const duties = DUTIES[store];
        const checks = [await duties.acknowledge()];
        const from = performance.now();
        await HOW[how](store, async () => void checks.push(await duties.meanwhile()));
        const upAgain = performance.now();
        const whole = await whenComplete(loop, tenants);
        outage = { store, before, samples: loop.samples.filter(({ at }) => at > from) };
        const backMs = Math.max(0, whole - upAgain);
        report.push(lineOf(outage, how, { awayMs: upAgain - from, backMs }));
        expect(backMs).toBeLessThan(LONGEST_RECOVERY_MS);
        await expect.poll(stateOf(store)).toMatch(/^(HEALTHY|DEGRADED)$/);
        for (const check of checks) await check();
      } finally {
        await loop.stop();
      }
    });

    test('every answer came in time, as data or as typed errors of its fields', () => expectTypedErrors(outage));
    test('the fields of the other stores were there all the time', () => expectOtherFields(outage));
    test('no answer held another tenant’s ids or innards', () => expectNothingLeaked(outage, world));
  },
);

const LONGEST_RECOVERY_MS = 15_000;

const last = (loop: Loop, tenant: string): Sample =>
  loop.samples.findLast((sample) => sample.tenant === tenant) ?? expect.fail(`${tenant} got no answer`);

/** As a balancer sees it: only without PostgreSQL is nothing to be had here. */
const stateOf = (store: StoreName) => async (): Promise<string> => {
  const response = await fetch(`${world.url}/readyz`);
  const { stores } = (await response.json()) as { stores: Record<StoreName, string> };
  expect(response.status).toBe(stores.postgres === 'UNHEALTHY' ? 503 : 200);
  return stores[store];
};

interface Duties {
  /** Writes what the store must not lose. @returns what must hold once it is back */
  acknowledge(): Promise<() => Promise<void>>;
  /** What must be possible while the store is away. @returns what must hold once it is back */
  meanwhile(): Promise<() => Promise<void>>;
}

const DUTIES: Record<StoreName, Duties> = {
  mongo: duties('mongo', async (editor) => {
    const { id } = await createContent(editor);
    await arrived(editor, id);
    const event = { kind: 'VIEW', contentId: id, idempotencyKey: randomUUID() };
    expect((await recordEvent(editor, event)).recorded).toBe(true);
    return async () => {
      expect((await recordEvent(editor, event)).recorded).toBe(false);
      expect(await contentOf(editor, id)).toMatchObject({ views: 1, versionCount: 1 });
    };
  }),
  neo4j: duties('neo4j', async (editor) => {
    const { id } = await createContent(editor);
    await arrived(editor, id);
    const name = `topic ${randomUUID()}`;
    await must(editor, LINK, { id, topic: { name, relevance: 0.7 } });
    return async () => {
      const { topics } = await contentOf(editor, id);
      expect(topics.edges.filter(({ node }) => node.name === name)).toMatchObject([{ relevance: 0.7 }]);
    };
  }),
  // Redis forgets its users when it restarts: whoever asks makes them anew.
  redis: duties('redis', async () => async () => {
    const admin = connectAdmin(world.environment.REDIS_URL);
    const own = world.demo.tenants.filter(({ tier }) => tier === 'ENTERPRISE').map(({ id }) => ({ tenantId: id }));
    expect(own).not.toEqual([]);
    for (const tenant of own) {
      await expect.poll(() => connectionsAs(admin, tenant), { timeout: 30_000 }).toBeGreaterThan(0);
    }
    admin.disconnect();
  }),
  postgres: duties('postgres', async (editor) => {
    const { id, title } = await createContent(editor);
    return async () => {
      expect(await contentOf(editor, id)).toMatchObject({ title });
      await arrived(editor, id);
      expect(await contentOf(editor, id)).toMatchObject({ versionCount: 1, body: BODY });
    };
  }),
};

function duties(store: StoreName, write: (editor: Client) => Promise<() => Promise<void>>): Duties {
  return {
    acknowledge: () => write(editorOf()),
    async meanwhile() {
      await expect.poll(stateOf(store)).toBe('UNHEALTHY');
      if (store === 'postgres') return servedWithoutPostgres();
      const editor = editorOf();
      const { id, title, freshness } = await createContent(editor);
      const waiting = freshness.filter(({ pending }) => pending > 0).map(({ target }) => target);
      const target = TARGETS[store];
      if (target) expect(waiting).toContain(target);
      return async () => {
        await arrived(editor, id);
        const found = await contentOf(editor, id);
        expect(found).toMatchObject({ title, body: BODY, versionCount: 1 });
        expect(found.topics.edges.map(({ node }) => node.name)).toEqual(['outages']);
      };
    },
  };
}

const TARGETS: Partial<Record<StoreName, string>> = { mongo: 'DOCUMENTS', neo4j: 'GRAPH' };

/** People stay known, and what starts in another store is served. */
async function servedWithoutPostgres(): Promise<() => Promise<void>> {
  for (const tenant of tenants) {
    const { data, errors } = await world
      .as(tenant)
      .query('{ topContents(first: 3) { views content { id } } topics(first: 3) { totalCount } }');
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ topContents: [{}, {}, {}], topics: { totalCount: expect.any(Number) } });
  }
  const title = `Refused ${randomUUID()}`;
  const refused = await editorOf().query(CREATE, { input: { title, body: BODY } });
  expect(refused.errors).toMatchObject([{ path: ['createContent'], extensions: { code: 'STORE_UNAVAILABLE' } }]);
  return async () => {
    const found = await editorOf().query(FIND, { title });
    expect(found.data).toEqual({ contents: { totalCount: 0 } });
  };
}

const BODY = 'Written while a store was away.\n';
const CREATE = `mutation ($input: CreateContentInput!) {
  createContent(input: $input) { content { id title freshness { target pending } } } }`;
const FIND = `query ($title: String!) { contents(filter: { titleContains: $title }) { totalCount } }`;
const LINK = `mutation ($id: ID!, $topic: LinkTopicInput!) { linkTopic(contentId: $id, topic: $topic) { relevance } }`;
const RECORD = `mutation ($input: RecordEventInput!) { recordEvent(input: $input) { recorded } }`;
const READ = `query ($id: ID!) { content(id: $id) {
  title body versionCount views freshness { pending } topics { edges { relevance node { name } } } } }`;

interface Written {
  readonly id: string;
  readonly title: string;
  readonly freshness: readonly { readonly target: string; readonly pending: number }[];
}
interface Read extends Written {
  readonly body: string | null;
  readonly versionCount: number | null;
  readonly views: number | null;
  readonly topics: {
    readonly edges: readonly { readonly relevance: number; readonly node: { readonly name: string } }[];
  };
}

const editorOf = (): Client => world.as(tenants[0] ?? '', 'editor');

async function must<T>(client: Client, query: string, variables: Record<string, unknown>): Promise<T> {
  const { data, errors } = await client.query(query, variables);
  expect(errors).toEqual([]);
  return data as T;
}

async function createContent(editor: Client): Promise<Written> {
  const input = { title: `Outage ${randomUUID()}`, body: BODY, topics: [{ name: 'outages' }] };
  return (await must<{ createContent: { content: Written } }>(editor, CREATE, { input })).createContent.content;
}

async function recordEvent(editor: Client, input: Record<string, unknown>): Promise<{ recorded: boolean }> {
  return (await must<{ recordEvent: { recorded: boolean } }>(editor, RECORD, { input })).recordEvent;
}

const contentOf = async (editor: Client, id: string): Promise<Read> =>
  (await must<{ content: Read }>(editor, READ, { id })).content;

async function arrived(editor: Client, id: string): Promise<void> {
  const pending = async (): Promise<number> =>
    (await contentOf(editor, id)).freshness.reduce((sum, one) => sum + one.pending, 0);
  await expect.poll(pending, { timeout: 60_000 }).toBe(0);
}
