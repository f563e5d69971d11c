import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemories, type Memories } from '#test/kit/memories';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('the memory of a %s tenant', (tier) => {
  let tenant: PostgresTenant;
  let memory: Memories;
  beforeAll(async () => {
    tenant = await world.tenant(`remembers-${tier.toLowerCase()}`, tier);
    memory = await createMemories(world, tenant);
  });

  it('is kept in contexts of projects, and read in pages', async () => {
    const context = await memory.context({ key: 'paged' });
    for (const note of ['one', 'two', 'three']) await memory.remember(context, { note });
    const query = `query ($id: ID!, $after: String) { executionContext(id: $id) { key isolationLevel memoryCount
      project { key contexts { totalCount } }
      memories(first: 2, after: $after) { totalCount nodes { content tags context { key } } pageInfo { endCursor hasNextPage } } } }`;
    const { data, counts } = await memory.ask(query, { id: context });
    expect(data.executionContext).toMatchObject({ key: 'paged', isolationLevel: 'STRICT', memoryCount: 3 });
    const page = data.executionContext?.memories;
    expect(page).toMatchObject({
      totalCount: 3,
      nodes: [{ content: { note: 'three' } }, { content: { note: 'two' } }],
    });
    expect(counts.postgres).toBe(6);
    const rest = await memory.ask(query, { id: context, after: page?.pageInfo.endCursor });
    expect(rest.data.executionContext?.memories.nodes).toMatchObject([
      { content: { note: 'one' }, context: { key: 'paged' } },
    ]);
  });

  it('is changed by whoever has seen the newest revision', async () => {
    const id = await memory.remember(await memory.context(), { note: 'draft' }, { tags: ['a', 'a'] });
    const update =
      'mutation ($id: ID!, $input: UpdateMemoryInput!) { updateMemory(id: $id, input: $input) { revision content tags relevanceScore } }';
    const changed = await memory.ask(update, {
      id,
      input: { ifRevision: 1, content: { note: 'final' }, relevanceScore: 0.9 },
    });
    expect(changed.data.updateMemory).toEqual({
      revision: 2,
      content: { note: 'final' },
      tags: ['a'],
      relevanceScore: 0.9,
    });
    const late = await memory.ask(update, { id, input: { ifRevision: 1, tags: [] } });
    expect(late.errors?.[0]).toMatchObject({
      message: 'The memory has moved on; it is at revision 2.',
      extensions: { code: 'CONFLICT', revision: 2 },
    });
    await memory.ask('mutation ($id: ID!) { deleteMemory(id: $id) { id } }', { id });
    const gone = await memory.ask(update, { id, input: { tags: [] } });
    expect(gone.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  it('is gone from the moment it expires: in reads, lists, counts, search and walks', async () => {
    const context = await memory.context();
    const [near, gone] = [
      await memory.remember(context, { note: 'ephemeral lighthouse' }),
      await memory.remember(context, { note: 'ephemeral harbour' }),
    ];
    const far = await memory.remember(context, { note: 'pier' });
    await memory.relate(near, gone);
    await memory.relate(gone, far);
    await memory.dangerouslyExpire(gone);
    const { data } = await memory.ask(
      `query ($gone: ID!, $near: ID!, $context: ID!) { memory(id: $gone) { id } executionContext(id: $context) { memoryCount }
        memories(filter: { contextId: $context }) { totalCount nodes { id } }
        searchMemories(text: "ephemeral") { memory { id } } near: memory(id: $near) { related(depth: 4) { memory { id } } } }`,
      { gone, near, context },
    );
    expect(JSON.stringify(data)).not.toContain(gone);
    expect(data).toMatchObject({
      memory: null,
      executionContext: { memoryCount: 2 },
      memories: { totalCount: 2 },
      near: { related: [] },
    });
    const { errors } = await memory.ask('mutation ($id: ID!) { deleteMemory(id: $id) { id } }', { id: gone });
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  it('is walked within bounds, in either direction, in one statement for a list', async () => {
    const context = await memory.context();
    const [a = '', b = '', c = '', d = ''] = await Promise.all(
      ['a', 'b', 'c', 'd'].map((note) => memory.remember(context, { note })),
    );
    await memory.relate(a, b, { kind: 'SUPPORTS', strength: 0.5 });
    await memory.relate(c, b, { kind: 'FOLLOWS', strength: 0.4 });
    await memory.relate(c, d);
    await memory.relate(d, a, { strength: 0.1 });
    const walk =
      'query ($id: ID!, $depth: Int, $kinds: [MemoryRelationshipKind!]) { memory(id: $id) { related(depth: $depth, kinds: $kinds) { memory { id } depth strength kinds } } }';
    const { data } = await memory.ask(walk, { id: a, depth: 4 });
    expect(data.memory?.related).toEqual([
      { memory: { id: b }, depth: 1, strength: 0.5, kinds: ['SUPPORTS'] },
      { memory: { id: d }, depth: 1, strength: 0.1, kinds: ['RELATES_TO'] },
      { memory: { id: c }, depth: 2, strength: 0.2, kinds: ['SUPPORTS', 'FOLLOWS'] },
    ]);
    const narrow = await memory.ask(walk, { id: a, depth: 4, kinds: ['SUPPORTS'] });
    expect(narrow.data.memory?.related).toHaveLength(1);
    const all = await memory.ask(
      'query ($context: ID!) { memories(filter: { contextId: $context }) { nodes { related(depth: 2) { depth } } } }',
      { context },
    );
    expect([all.counts.postgres, all.data.memories.nodes.map(({ related }) => related.length)]).toEqual([
      2,
      [3, 3, 3, 3],
    ]);
    expect((await memory.ask(walk, { id: a, depth: 5 })).errors?.[0]?.message).toBe('`depth` is from 1 to 4; got 5.');
  });

  it('is found by words, likeness and relevance in one statement, which says what each part was', async () => {
    const context = await memory.context();
    const exact = await memory.remember(
      context,
      { lesson: 'Retry timeouts with jitter' },
      { relevanceScore: 0.2, tags: ['net'] },
    );
    const alike = await memory.remember(context, { lesson: 'Retrying a timeout' }, { relevanceScore: 0.9 });
    await memory.remember(context, { lesson: 'Paint the fence' }, { relevanceScore: 1 });
    const search = `query ($text: String, $like: ID, $filter: MemoryFilter, $weights: MemoryWeights) {
      searchMemories(text: $text, like: $like, filter: $filter, weights: $weights) { memory { id } score parts { text vector relevance } } }`;
    const filter = { contextId: context };
    const { data, counts } = await memory.ask(search, { text: 'retry timeout jitter', filter });
    expect(counts.postgres).toBe(1);
    expect(data.searchMemories.map(({ memory: { id } }) => id)).toEqual([exact, alike]);
    const [first, second] = data.searchMemories;
    expect(first?.parts).toMatchObject({ text: expect.any(Number), relevance: 0.2 });
    expect(second?.parts.text).toBeNull();
    expect(first?.score).toBeCloseTo((first?.parts.text ?? 0) + (first?.parts.vector ?? 0) + 0.3 * 0.2);
    const byLikeness = await memory.ask(search, { like: exact, filter, weights: { text: 0, relevance: 0 } });
    expect(byLikeness.data.searchMemories.map(({ memory: { id } }) => id)).toEqual([alike]);
    const byWords = await memory.ask(search, { text: 'jitter', filter, weights: { vector: 0 } });
    expect(byWords.data.searchMemories.map(({ memory: { id } }) => id)).toEqual([exact]);
    const tagged = await memory.ask(search, {
      text: 'timeout',
      filter: { ...filter, tags: ['net'], minRelevance: 0.1 },
    });
    expect(tagged.data.searchMemories.map(({ memory: { id } }) => id)).toEqual([exact]);
  });

  it.each([
    [{ content: ['a'] }, '`content` is a JSON object.'],
    [{ content: { text: 'x'.repeat(65_536) } }, /65547 bytes; the limit is 65536/],
    [{ content: {}, relevanceScore: 1.1 }, /`relevanceScore` is from 0 to 1/],
    [{ content: {}, expiresAt: '2020-01-01T00:00:00Z' }, /`expiresAt` is not in the future/],
    [{ content: {}, contextId: randomUUID() }, 'There is no such execution context.'],
  ])('refuses %#', async (input, message) => {
    const contextId = await memory.context();
    const create = 'mutation ($input: MemoryInput!) { createMemory(input: $input) { id } }';
    const { errors } = await memory.ask(create, { input: { contextId, kind: 'SEMANTIC', ...input } });
    expect(errors?.[0]?.message).toMatch(message);
  });

  it('counts as storage while it is there, and is told to the audit without what it says', async () => {
    const used = async () => (await memory.ask('{ tenant { usage { storageBytes } } }')).data.tenant.usage.storageBytes;
    const before = await used();
    const id = await memory.remember(await memory.context(), { note: 'weighty' });
    expect(await used()).toBe(before + Buffer.byteLength('{"note": "weighty"}'));
    await memory.ask('mutation ($id: ID!) { deleteMemory(id: $id) { id } }', { id });
    expect(await used()).toBe(before);
    const told = await memory.ask(
      'query ($id: String!) { auditLog(filter: { entityId: $id }) { nodes { action before after } } }',
      { id },
    );
    expect(told.data.auditLog.nodes.map(({ action }) => action)).toEqual(['memory.delete', 'memory.create']);
    expect(JSON.stringify(told.data)).not.toContain('weighty');
  });
});

it('neither shows nor touches what is another tenant’s', async () => {
  const [a, b] = [await createMemories(world, world.a), await createMemories(world, world.b)];
  const context = await a.context();
  const id = await a.remember(context, { note: 'of a' });
  const read = await b.ask(
    'query ($id: ID!, $context: ID!) { memory(id: $id) { id } executionContext(id: $context) { id } memories { totalCount } searchMemories(text: "of a") { score } }',
    { id, context },
  );
  expect(read.data).toEqual({ memory: null, executionContext: null, memories: { totalCount: 0 }, searchMemories: [] });
  const own = await b.remember(await b.context(), { note: 'own' });
  await expect(b.relate(own, id)).rejects.toThrow('There is no such memory.');
  await expect(b.remember(context, { note: 'intruder' })).rejects.toThrow('There is no such execution context.');
});
