import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreName } from '#platform/tally';
import type { Client } from '../kit/client.ts';
import { type Loop, type OutageWorld, type Sample, startLoop, startOutageWorld, whenComplete } from '../kit/outage.ts';

/**
 * kill -9 of each store in turn while all tenants ask for their ten newest
 * documents. What must hold: an answer or a typed error for the fields of that
 * store alone, in bounded time; nobody's rows in another's answer; what was
 * acknowledged is there afterwards; service again without anybody's help.
 */
const FIELDS: Record<StoreName, RegExp | undefined> = {
  // The list itself, or what a request that had just read it still wanted of other rows.
  postgres: /^contents(\.nodes\.\d+\.(author|similar\.\d+\.content)\.\w+)?$/,
  mongo: /^contents\.nodes\.\d+\.(excerpt|versionCount|views)$/,
  neo4j: /^contents\.nodes\.\d+\.(topics|similar)$/,
  redis: undefined,
};
const INNARDS =
  /127\.0\.0\.1|localhost|ECONN|socket|bolt|mongodb:|SELECT |MATCH |prisma|MongoServer|Neo4jError|\.ts\b|at async/i;
/** Generous on purpose: a machine that runs other tests must not fail this one. */
const LONGEST_MS = 9_000;
const LONGEST_RECOVERY_MS = 15_000;

let world: OutageWorld;
let tenants: readonly string[];
beforeAll(async () => {
  world = await startOutageWorld(5_000);
  tenants = world.demo.tenants.map(({ slug }) => slug);
}, 180_000);
afterAll(async () => {
  await world?.stop();
  process.stdout.write(`\n${report.join('\n')}\n`);
}, 60_000);

describe.each(['mongo', 'neo4j', 'redis', 'postgres'] as const)('%s killed under load', (store) => {
  const samples: Sample[] = [];
  let before: ReadonlyMap<string, Sample>;

  test('it is missed in its own fields only, and back by itself', { timeout: 120_000 }, async () => {
    const loop = startLoop(world);
    try {
      await whenComplete(loop, tenants);
      before = new Map(tenants.map((tenant) => [tenant, last(loop, tenant)]));
      const duties = DUTIES[store];
      const promise = await duties.acknowledgeAndKill();
      const killedAt = performance.now();
      await duties.meanwhile();
      await world.restarted(store);
      const restartedAt = performance.now();
      const completeAt = await whenComplete(loop, tenants);
      samples.push(...loop.samples.filter(({ at }) => at > killedAt));
      const recoveryMs = Math.max(0, completeAt - restartedAt);
      report.push(lineOf(store, samples, completeAt - killedAt, recoveryMs));
      expect(recoveryMs).toBeLessThan(LONGEST_RECOVERY_MS);
      await promise();
    } finally {
      await loop.stop();
    }
  });

  test('every answer came in time, and is data or a typed error for the fields of that store', () => {
    expect(Math.max(...samples.map(({ ms }) => ms))).toBeLessThan(LONGEST_MS);
    const errors = samples.flatMap(({ answer }) => answer.errors);
    const wrong = errors.filter(({ path, extensions }) => {
      const fits = extensions.code === 'STORE_UNAVAILABLE' && extensions.store === store;
      return !fits || !FIELDS[store]?.test(path?.join('.') ?? '');
    });
    expect(wrong).toEqual([]);
    expect(errors.length > 0).toBe(store !== 'redis');
  });

  test('the fields of the other stores were there all the time, and nothing else', () => {
    const seen = new Set(
      samples.map(({ tenant, answer }) => `${tenant} ${JSON.stringify(without(store, answer.data))}`),
    );
    const allowed = new Set(
      tenants.map((tenant) => `${tenant} ${JSON.stringify(without(store, before.get(tenant)?.answer.data))}`),
    );
    expect([...seen].filter((one) => !allowed.has(one))).toEqual([]);
  });

  test('no answer held another tenant’s ids or the innards of a store', () => {
    const foreign = new Map(tenants.map((tenant) => [tenant, tenants.filter((one) => one !== tenant).flatMap(idsOf)]));
    for (const { tenant, answer } of samples) {
      expect(foreign.get(tenant)?.filter((id) => answer.text.includes(id))).toEqual([]);
      if (answer.errors.length > 0) expect(JSON.stringify(answer.errors)).not.toMatch(INNARDS);
    }
  });

  const idsOf = (tenant: string): string[] => {
    const data = before.get(tenant)?.answer.data as { contents: { nodes: { id: string }[] } } | undefined;
    const ids = (data?.contents.nodes ?? []).map(({ id }) => id);
    return [world.demo.tenants.find(({ slug }) => slug === tenant)?.id ?? expect.fail(), ...ids];
  };
});

interface Duties {
  /** Writes, kills the moment it is acknowledged, and returns what must hold once the store is back. */
  acknowledgeAndKill(): Promise<() => Promise<void>>;
  /** What must be possible while the store is away. */
  meanwhile(): Promise<void>;
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
  redis: duties('redis', async () => async () => {}),
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
  const checks: (() => Promise<void>)[] = [];
  return {
    async acknowledgeAndKill() {
      checks.push(await write(editorOf()));
      world.kill(store);
      return async () => {
        for (const check of checks) await check();
      };
    },
    async meanwhile() {
      if (store === 'postgres') return servedWithoutPostgres();
      const editor = editorOf();
      const { id, title, freshness } = await createContent(editor);
      const waiting = freshness.filter(({ pending }) => pending > 0).map(({ target }) => target);
      const target = TARGETS[store];
      if (target) expect(waiting).toContain(target);
      checks.push(async () => {
        await arrived(editor, id);
        const found = await contentOf(editor, id);
        expect(found).toMatchObject({ title, body: BODY, versionCount: 1 });
        expect(found.topics.edges.map(({ node }) => node.name)).toEqual(['outages']);
      });
    },
  };
}

const TARGETS: Partial<Record<StoreName, string>> = { mongo: 'DOCUMENTS', neo4j: 'GRAPH' };

/** People stay known, and what starts in another store is served. */
async function servedWithoutPostgres(): Promise<void> {
  for (const tenant of tenants) {
    const { data, errors } = await world
      .as(tenant)
      .query('{ topContents(first: 3) { views content { id } } topics(first: 3) { totalCount } }');
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ topContents: [{}, {}, {}], topics: { totalCount: expect.any(Number) } });
  }
  const refused = await editorOf().query(CREATE, { input: { title: 'Refused', body: BODY } });
  expect(refused.errors).toMatchObject([{ path: ['createContent'], extensions: { code: 'STORE_UNAVAILABLE' } }]);
}

const BODY = 'Written while a store was away.\n';
const CREATE = `mutation ($input: CreateContentInput!) {
  createContent(input: $input) { content { id title freshness { target pending } } } }`;
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
  await expect.poll(pending, { timeout: 30_000 }).toBe(0);
}

/** The answer without what the store serves; null where it starts there. */
function without(store: StoreName, data: Sample['answer']['data']): unknown {
  if (store === 'postgres') return null;
  const names: readonly string[] = {
    mongo: ['excerpt', 'versionCount', 'views'],
    neo4j: ['topics', 'similar'],
    redis: [],
  }[store];
  return JSON.parse(JSON.stringify(data, (key, value: unknown) => (names.includes(key) ? undefined : value)));
}

const last = (loop: Loop, tenant: string): Sample =>
  loop.samples.findLast((sample) => sample.tenant === tenant) ?? expect.fail(`${tenant} got no answer`);

const report = [
  'store     answers  complete  partial  refused  codes              longest ms  away ms  then back in ms',
];

function lineOf(store: StoreName, samples: readonly Sample[], awayMs: number, recoveryMs: number): string {
  const complete = samples.filter(({ answer }) => answer.errors.length === 0).length;
  const refused = samples.filter(({ answer }) => !answer.data?.contents).length;
  const codes = new Set(samples.flatMap(({ answer }) => answer.errors.map(({ extensions }) => extensions.code)));
  const cells: [string | number, number][] = [
    [store, 10],
    [samples.length, 9],
    [complete, 10],
    [samples.length - complete - refused, 9],
    [refused, 9],
    [[...codes].join(' ') || 'none', 19],
    [Math.round(Math.max(...samples.map(({ ms }) => ms))), 12],
    [Math.round(awayMs), 9],
    [Math.round(recoveryMs), 0],
  ];
  return cells.map(([value, width]) => String(value).padEnd(width)).join('');
}
