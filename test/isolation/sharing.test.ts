import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contextOf } from '#test/kit/postgres';
import { offer, openSharingWorld, PURPOSE, type SharingWorld, sharerOf } from '#test/kit/sharing';

let world: SharingWorld;
beforeAll(async () => {
  world = await openSharingWorld();
});
afterAll(() => world.close());
const shared = () => [world.ids.open, world.ids.alike].sort();

afterEach(async () => {
  for (const table of ['sharing_rules', 'sharing_answers', 'sharing_access'])
    await world.superuser(`DELETE FROM ${table}`);
});

const END = 'mutation ($id: ID!) { endSharingRule(id: $id) { state endedAt } }';
const ANSWER =
  'mutation ($id: ID!, $accept: Boolean!) { answerSharingOffer(id: $id, accept: $accept) { accepted giver } }';

describe('SH-01 what is shared', () => {
  it('is exactly what the rule names, with the name of the giver and relationships within it alone', async () => {
    await world.share();
    const { data } = await world.grantee.ask(
      `{ sharedMemories(purpose: "${PURPOSE}") { nodes { id giver content tags relationships { fromId toId strength } } pageInfo { hasNextPage } }
        sharedWithMe(purpose: "${PURPOSE}") { giver purpose } }`,
    );
    const { open, alike } = world.ids;
    const relationships = [{ fromId: open, toId: alike, strength: 0.5 }];
    expect(data.sharedMemories.nodes).toHaveLength(2);
    expect(data.sharedMemories.nodes).toContainEqual({
      id: open,
      giver: 'Tenant a',
      content: { note: 'lighthouse outage, open' },
      tags: ['open'],
      relationships,
    });
    expect(data.sharedWithMe).toEqual([{ giver: 'Tenant a', purpose: PURPOSE }]);
    expect(JSON.stringify(data)).not.toMatch(new RegExp(`hidden|${world.ids.hidden}|${world.contextId}`));
  });

  it.each([
    ['the whole context', () => ({ tag: null }), () => Object.values(world.ids).sort()],
    ['one memory', () => ({ tag: null, memoryId: world.ids.hidden }), () => [world.ids.hidden]],
    ['a tag', () => ({}), shared],
  ])('can be %s', async (_, rule, expected) => {
    await world.share(rule());
    expect(await world.grantee.sharedIds()).toEqual(expected());
  });

  it('is read in pages without a memory twice, although two rules share it', async () => {
    await world.share();
    await world.share({ tag: null });
    const page =
      'query ($after: String) { sharedMemories(purpose: "incident-review", first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }';
    const first = (await world.grantee.ask(page)).data.sharedMemories;
    const rest = (await world.grantee.ask(page, { after: first.pageInfo.endCursor })).data.sharedMemories;
    expect([...first.nodes, ...rest.nodes].map(({ id }) => id).sort()).toEqual(Object.values(world.ids).sort());
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });
});

describe('SH-02 the normal road', () => {
  it('shows nothing of it: no list, count, search, walk, entity or usage', async () => {
    await world.share({ tag: null });
    const { data } = await world.grantee.ask(
      `query ($id: ID!, $context: ID!, $ids: [_Any!]!) { memory(id: $id) { id } executionContext(id: $context) { id }
        memories { totalCount nodes { content } } inContext: memories(filter: { contextId: $context }) { totalCount }
        searchMemories(text: "lighthouse outage") { memory { content related(depth: 4) { depth } } }
        _entities(representations: $ids) { __typename ... on Memory { id } } }`,
      { id: world.ids.open, context: world.contextId, ids: [{ __typename: 'Memory', id: world.ids.open }] },
    );
    expect(data).toMatchObject({
      memory: null,
      executionContext: null,
      inContext: { totalCount: 0 },
      _entities: [null],
    });
    expect(data.memories).toEqual({ totalCount: 1, nodes: [{ content: { note: 'lighthouse of mine' } }] });
    expect(data.searchMemories).toEqual([{ memory: { content: { note: 'lighthouse of mine' }, related: [] } }]);
  });

  it('answers a search for neighbours of a shared memory as of one that never was', async () => {
    await world.share();
    const search = 'query ($like: ID!) { searchMemories(like: $like) { score } }';
    const [known, unknown] = await Promise.all(
      [world.ids.open, randomUUID()].map((like) => world.grantee.ask(search, { like })),
    );
    expect(known?.errors?.[0]?.message).toBe('There is no such memory.');
    expect(known?.errors?.map(({ message, extensions }) => [message, extensions])).toEqual(
      unknown?.errors?.map(({ message, extensions }) => [message, extensions]),
    );
  });
});

describe('SH-03 nothing is seen', () => {
  it('before it is accepted, after it is refused, and by whom no access is given', async () => {
    const id = await offer(world.giver, { contextId: world.contextId, granteeId: world.b.id });
    await world.grantee.run('mutation { allowSharedUse(purpose: "incident-review", role: OWNER) { subject } }');
    expect(await world.grantee.sharedIds()).toEqual([]);
    expect(await world.grantee.run(ANSWER, { id, accept: true })).toEqual({ accepted: true, giver: 'Tenant a' });
    expect(await world.grantee.sharedIds()).toHaveLength(3);
    await world.grantee.run('mutation { denySharedUse(purpose: "incident-review", role: OWNER) { subject } }');
    expect(await world.grantee.sharedIds()).toEqual([]);
    const principal = { kind: 'USER', id: world.b.userId };
    await world.grantee.run(
      'mutation ($p: SharingPrincipalInput) { allowSharedUse(purpose: "incident-review", principal: $p) { subject } }',
      { p: principal },
    );
    expect(await world.grantee.sharedIds()).toHaveLength(3);
    const viewer = await sharerOf(world, { ...world.b, context: contextOf(world.b.id, randomUUID(), 'EDITOR') });
    expect(await viewer.sharedIds()).toEqual([]);
    await world.grantee.run(ANSWER, { id, accept: false });
    expect(await world.grantee.sharedIds()).toEqual([]);
  });

  it('for another purpose, by another tenant, or by the giver itself', async () => {
    await world.share();
    for (const { run } of [world.grantee, world.bystander, world.giver]) {
      await run('mutation { allowSharedUse(purpose: "training", role: OWNER) { subject } }');
      await run('mutation { allowSharedUse(purpose: "incident-review", role: OWNER) { subject } }');
    }
    expect(await world.grantee.sharedIds('training')).toEqual([]);
    expect(await world.bystander.sharedIds()).toEqual([]);
    expect(await world.giver.sharedIds()).toEqual([]);
    expect(await world.bystander.run('{ sharingOffers { id } }')).toEqual([]);
  });

  it.each([
    ['the rule is ended', (id: string) => world.giver.run(END, { id })],
    [
      'the rule expires',
      (id: string) =>
        world.superuser(`UPDATE sharing_rules SET expires_at = now() - interval '1 ms' WHERE id = $1`, [id]),
    ],
    ['the giver is closed', () => world.superuser(`UPDATE tenants SET status = 'CLOSED' WHERE id = $1`, [world.a.id])],
    ['the context becomes STRICT', () => setLevel('STRICT')],
    [
      'the context is encrypted',
      () => world.superuser('UPDATE execution_contexts SET encryption_enabled = true WHERE id = $1', [world.contextId]),
    ],
  ])('from the next request on, when %s', async (_, end) => {
    const id = await world.share();
    expect(await world.grantee.sharedIds()).toEqual(shared());
    await end(id);
    expect(await world.grantee.sharedIds()).toEqual([]);
    expect(await world.grantee.run('{ sharingOffers { id } }')).toEqual([]);
    await world.superuser(`UPDATE tenants SET status = 'ACTIVE' WHERE id = $1`, [world.a.id]);
    await world.superuser(`UPDATE execution_contexts SET encryption_enabled = false WHERE id = $1`, [world.contextId]);
    await setLevel('SHARED');
  });

  it('of a memory that has expired, lost its tag or is gone', async () => {
    await world.share();
    const [expired, untagged] = [
      await world.giver.remember(world.contextId, { note: 'x' }, { tags: ['open'] }),
      world.ids.alike,
    ];
    await world.giver.dangerouslyExpire(expired);
    const retag = 'mutation ($id: ID!, $tags: [String!]) { updateMemory(id: $id, input: { tags: $tags }) { id } }';
    await world.giver.run(retag, { id: untagged, tags: [] });
    expect(await world.grantee.sharedIds()).toEqual([world.ids.open]);
    await world.giver.run(retag, { id: untagged, tags: ['open'] });
  });
});

describe('SH-04 a STRICT context', () => {
  it('is never shared, and one that becomes STRICT ends its rules for good', async () => {
    const strict = await world.giver.context();
    const refused = offer(world.giver, { contextId: strict, granteeId: world.b.id });
    await expect(refused).rejects.toThrow('The context is STRICT: nothing of it can be shared.');
    await world.share();
    await setLevel('STRICT');
    await setLevel('FEDERATED');
    expect(await world.grantee.sharedIds()).toEqual([]);
    expect(await world.giver.run('{ sharingRules { nodes { state } } }')).toEqual({ nodes: [{ state: 'ENDED' }] });
    await setLevel('SHARED');
  });
});

describe('SH-05 the two sides', () => {
  it('each tell it to their own audit: offer and end, answer and every read with its purpose', async () => {
    const id = await world.share();
    await world.grantee.sharedIds();
    await world.giver.run(END, { id });
    const told = async ({ ask }: SharingWorld['giver']) =>
      (await ask('{ auditLog(first: 100) { nodes { action metadata } } }')).data.auditLog.nodes.filter(({ action }) =>
        action.startsWith('sharing.'),
      );
    const [ofGiver, ofGrantee] = [await told(world.giver), await told(world.grantee)];
    expect(ofGiver.slice(0, 2).map(({ action }) => action)).toEqual(['sharing.end', 'sharing.offer']);
    expect(ofGrantee.slice(0, 3).map(({ action }) => action)).toEqual([
      'sharing.read',
      'sharing.allow',
      'sharing.accept',
    ]);
    expect(ofGrantee[0]?.metadata).toEqual({ purpose: PURPOSE, rows: 2 });
  });

  it('see of each other what was said: the giver the answer, the grantee the offer, nobody else either', async () => {
    const rules = '{ sharingRules { nodes { state granteeId } } }';
    const id = await offer(world.giver, { contextId: world.contextId, granteeId: world.b.id });
    expect(await world.giver.run(rules)).toEqual({ nodes: [{ state: 'OFFERED', granteeId: world.b.id }] });
    await world.grantee.run(ANSWER, { id, accept: false });
    expect(await world.giver.run(rules)).toEqual({ nodes: [{ state: 'REFUSED', granteeId: world.b.id }] });
    for (const { run } of [world.grantee, world.bystander]) expect(await run(rules)).toEqual({ nodes: [] });
    for (const { run } of [world.grantee, world.bystander])
      await expect(run(END, { id })).rejects.toThrow('There is no such sharing rule.');
    await expect(world.bystander.run(ANSWER, { id, accept: true })).rejects.toThrow('There is no such offer.');
  });

  it('offers to a tenant that is there and to one that is not have the same answer', async () => {
    const create =
      'mutation ($input: SharingRuleInput!) { createSharingRule(input: $input) { state purpose memory { id } endedAt } }';
    const input = {
      contextId: world.contextId,
      purpose: PURPOSE,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    };
    const [there, nowhere] = [
      await world.giver.run(create, { input: { ...input, granteeId: world.b.id } }),
      await world.giver.run(create, { input: { ...input, granteeId: randomUUID() } }),
    ];
    expect(there).toEqual(nowhere);
    await expect(world.giver.run(create, { input: { ...input, granteeId: world.a.id } })).rejects.toThrow(
      '`granteeId` is this tenant itself.',
    );
    await expect(world.grantee.run(create, { input: { ...input, granteeId: world.a.id } })).rejects.toThrow(
      'There is no such execution context.',
    );
  });
});

const setLevel = (isolationLevel: string) =>
  world.giver.run(
    'mutation ($id: ID!, $level: IsolationLevel) { updateExecutionContext(id: $id, input: { isolationLevel: $level }) { id } }',
    { id: world.contextId, level: isolationLevel },
  );
