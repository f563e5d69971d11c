import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CachedTenant, type CachedWorlds, startCachedWorlds } from '#test/kit/cached-worlds';
import { useWorld } from '#test/kit/world';

let worlds: CachedWorlds;
beforeAll(async () => {
  worlds = await startCachedWorlds(useWorld());
}, 60_000);
afterAll(() => worlds?.stop());

/** Answered by PostgreSQL alone: right from the moment the writer hears of its write. */
const AT_ONCE = [
  '{ contents(first: 50, sort: TITLE_A_TO_Z) { totalCount nodes { id title status tags revision author { name } } } }',
  '{ contents(first: 50, filter: { status: PUBLISHED }) { totalCount } }',
  '{ users { nodes { id name contents { totalCount nodes { title } } } } }',
];
/** Answered by projections, too: right from the moment nothing waits to be projected. */
const IN_THE_END = [
  '{ contents(first: 50, sort: TITLE_A_TO_Z) { nodes { id body versionCount topics { nodes { name contentCount } } optimizations { aspect status } } } }',
  '{ topics(first: 50) { totalCount nodes { name contentCount contents { totalCount nodes { title } } related { topic { name } } } } }',
  '{ contents(first: 50, sort: TITLE_A_TO_Z) { nodes { title similar { score content { title } } topicSuggestions { topic { name } } } } }',
  '{ searchContents(text: "word") { totalCount edges { node { title body } } } }',
];

type Action =
  | { readonly kind: 'read'; readonly query: number; readonly at: 'one' | 'other' }
  | { readonly kind: 'create'; readonly name: string; readonly at: 'one' | 'other' }
  | { readonly kind: WriteKind; readonly which: number; readonly name: string; readonly at: 'one' | 'other' };
type WriteKind = 'update' | 'publish' | 'delete' | 'restore' | 'link' | 'suggest';

const at = fc.constantFrom('one' as const, 'other' as const);
const name = fc.constantFrom('ant', 'bee', 'cat', 'dog');
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), query: fc.nat(6), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), name, at }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom<WriteKind[]>('update', 'update', 'publish', 'delete', 'restore', 'link', 'suggest'),
      ...{ which: fc.nat(20), name, at },
    }),
  },
);

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
const WRITES: Record<WriteKind, string> = {
  update:
    'mutation ($id: ID!, $name: String!) { updateContent(id: $id, input: { title: $name, body: $name, topics: [{ name: $name }], tags: [$name] }) { content { title } } }',
  publish: 'mutation ($id: ID!) { publishContent(id: $id) { content { status } } }',
  delete: 'mutation ($id: ID!) { deleteContent(id: $id) { content { id } } }',
  restore: 'mutation ($id: ID!) { restoreContent(id: $id) { content { id } } }',
  link: 'mutation ($id: ID!, $name: String!) { linkTopic(contentId: $id, topic: { name: $name }) { topic { id } } }',
  suggest:
    'mutation ($id: ID!, $key: String!) { recordOptimization(input: { contentId: $id, idempotencyKey: $key, model: "m", aspect: TITLE, suggestion: "s", scoreAfter: 50 }) { recorded } }',
};

test('whatever is written and read at the same time, through two gateways, what they keep is what is there', async () => {
  let serial = 0;
  const act = async (tenant: CachedTenant, ids: string[], one: Action): Promise<void> => {
    const client = tenant[one.at];
    serial += 1;
    if (one.kind === 'read') {
      await client.query([...AT_ONCE, ...IN_THE_END][one.query] ?? '');
    } else if (one.kind === 'create') {
      const input = { title: one.name, body: `word ${one.name}`, slug: `s${serial}`, topics: [{ name: one.name }] };
      const { data } = await client.query(CREATE, { input });
      const { id } = (data?.createContent as { content?: { id: string } } | undefined)?.content ?? {};
      if (id) ids.push(id);
    } else if (ids.length > 0) {
      // It may well be refused: what was deleted cannot be published.
      await client.query(WRITES[one.kind], {
        id: ids[one.which % ids.length],
        name: one.name,
        key: `key-${serial}-of-a-test`,
      });
    }
  };
  const compare = async (tenant: CachedTenant, queries: readonly string[]): Promise<void> => {
    for (const query of queries) {
      const wanted = await tenant.uncached.query(query);
      for (const reader of [tenant.one, tenant.other]) {
        // Twice: what the first one puts there is what the second one finds.
        for (let times = 0; times < 2; times += 1) {
          const { data, errors } = await reader.query(query);
          expect({ query, data, errors: errors.length }).toEqual({
            query,
            data: wanted.data,
            errors: wanted.errors.length,
          });
        }
      }
    }
  };

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(action, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 8 }),
      async (steps) => {
        const tenant = await worlds.tenant();
        const ids: string[] = [];
        for (const step of steps) {
          await Promise.all(step.map((one) => act(tenant, ids, one)));
          await compare(tenant, AT_ONCE);
        }
        await tenant.projected();
        await compare(tenant, [...AT_ONCE, ...IN_THE_END]);
      },
    ),
    { numRuns: RUNS, ...(SEED ? { seed: SEED } : {}) },
  );
}, 400_000);

const RUNS = Number(process.env.CACHE_RUNS ?? 6);
const SEED = Number(process.env.CACHE_SEED ?? 0);
