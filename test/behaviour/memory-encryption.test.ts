import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { moveTenant } from '#stores/postgres/move/index';
import { makeExecutionContext, offload } from '#test/kit/memory';
import { contextOf, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient, type RelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

const CANARY = 'canary-zyxwv-tulipomania';
const TEXT = `The ${CANARY} sings of ${'tulips and '.repeat(50)}`;

let world: PostgresWorld;
let client: RelationalClient;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  client = createRelationalClient(world, world.a);
});
afterAll(() => world.close());

const STATE = 'enabled searchableWhenEncrypted keyVersion left';
const set = async (contextId: string | null, enabled: boolean, searchable: readonly string[] = []) => {
  const { data, errors } = await client.ask(
    `mutation ($contextId: ID, $enabled: Boolean!, $searchable: [SearchablePart!]) {
      setMemoryEncryption(contextId: $contextId, enabled: $enabled, searchableWhenEncrypted: $searchable) { ${STATE} } }`,
    { contextId, enabled, searchable },
  );
  expect(errors).toBeUndefined();
  return data.setMemoryEncryption;
};
const go = async (contextId: string | null) => {
  const text = `mutation ($contextId: ID) { continueMemoryEncryption(contextId: $contextId) { ${STATE} } }`;
  for (let runs = 1; ; runs += 1) {
    const { data, errors } = await client.ask(text, { contextId });
    expect(errors).toBeUndefined();
    if (data.continueMemoryEncryption.left === 0) return runs;
  }
};
const remember = async (contextId: string, text = TEXT): Promise<string> => {
  const input = { contextId, kind: 'SEMANTIC', content: { text } };
  const { data, errors } = await client.ask('mutation ($input: MemoryInput!) { createMemory(input: $input) { id } }', {
    input,
  });
  expect(errors).toBeUndefined();
  return data.createMemory.id;
};
const recall = async (memoryId: string, offloadedId: string) =>
  client.ask(
    'query ($memoryId: ID!, $offloadedId: ID!) { memory(id: $memoryId) { content } offloadedPiece(id: $offloadedId) { text } }',
    { memoryId, offloadedId },
  );
const findText = async (text = CANARY) =>
  (
    await client.ask(
      'query ($text: String) { searchMemories(text: $text) { memory { id } } nearestOffloaded(text: $text) { offloaded { id } } }',
      { text },
    )
  ).data;

describe('an encrypted context', () => {
  test('ME-06 holds no clear text anywhere, and gives it back to who may read it', async () => {
    const contextId = await makeExecutionContext(client, 'secret');
    expect(await set(contextId, true)).toEqual({ enabled: true, searchableWhenEncrypted: [], keyVersion: 1, left: 0 });
    const [memoryId, offloadedId] = [
      await remember(contextId),
      await offload(client, { contextId, key: 'secret' }, TEXT),
    ];
    expect(await placesOf(CANARY)).toEqual([]);
    const { data } = await recall(memoryId, offloadedId);
    expect([data.memory?.content, data.offloadedPiece?.text]).toEqual([{ text: TEXT }, TEXT]);
    const found = await findText();
    expect([found.searchMemories, found.nearestOffloaded]).toEqual([[], []]);
  });

  test('is found by what the tenant left in clear, and says the text all the same', async () => {
    const contextId = await makeExecutionContext(client, 'findable');
    await set(contextId, true, ['WORDS', 'EMBEDDING']);
    const [memoryId, offloadedId] = [
      await remember(contextId, 'cellar door'),
      await offload(client, { contextId, key: 'findable' }, 'cellar door'),
    ];
    const found = await findText('cellar door');
    expect(found.searchMemories.map(({ memory }) => memory.id)).toEqual([memoryId]);
    expect(found.nearestOffloaded.map(({ offloaded }) => offloaded.id)).toContain(offloadedId);
    expect((await set(contextId, true, [])).left).toBe(2);
    await go(contextId);
    expect((await findText('cellar door')).searchMemories).toEqual([]);
  });

  test('is encrypted in bounded steps where it was not, by a run that can be broken off, and decrypted again', async () => {
    const contextId = await makeExecutionContext(client, 'late');
    const memories: string[] = [];
    for (let at = 0; at < 60; at += 1) memories.push(await remember(contextId, `${TEXT} ${at}`));
    const offloadedId = await offload(client, { contextId, key: 'late' }, TEXT);
    expect(await placesOf(CANARY)).not.toEqual([]);
    expect((await set(contextId, true)).left).toBe(60 + 1 + 1 + 1);
    const { data } = await recall(memories[0] ?? '', offloadedId);
    expect([data.memory?.content, data.offloadedPiece?.text]).toEqual([{ text: `${TEXT} 0` }, TEXT]);
    expect(await go(contextId)).toBe(2);
    expect(await placesOf(CANARY)).toEqual([]);
    await set(contextId, false);
    await go(contextId);
    expect((await findText()).nearestOffloaded.map(({ offloaded }) => offloaded.id)).toContain(offloadedId);
    expect((await recall(memories[0] ?? '', offloadedId)).data.memory?.content).toEqual({ text: `${TEXT} 0` });
    await set(contextId, true);
    await go(contextId);
  });

  test('ME-05 takes no clear text from anybody, the server says', async () => {
    const contextId = await makeExecutionContext(client, 'walled');
    await set(contextId, true);
    const id = await offload(client, { contextId, key: 'walled' }, TEXT);
    const refused = /The context is encrypted/;
    await expect(
      world.superuser(
        `UPDATE offloaded_pieces SET compressed = 'x', compressed_cipher = NULL WHERE offloaded_id = $1`,
        [id],
      ),
    ).rejects.toThrow(refused);
    await expect(
      world.superuser(
        `INSERT INTO memories (tenant_id, context_id, kind, relevance_score, content) VALUES ($1, $2, 'SEMANTIC', 1, '{}')`,
        [world.a.id, contextId],
      ),
    ).rejects.toThrow(refused);
    await expect(
      world.superuser(`UPDATE offloaded_contexts SET text_hash = 'x', text_hash_cipher = NULL WHERE id = $1`, [id]),
    ).rejects.toThrow(refused);
    await expect(
      world.superuser(`INSERT INTO offloaded_vectors SELECT $1, $2, 'e', array_fill(1, ARRAY[384])::vector`, [
        world.a.id,
        id,
      ]),
    ).rejects.toThrow(refused);
  });

  test('is what every context to come is, where the tenant says so for all', async () => {
    await set(null, true);
    const contextId = await makeExecutionContext(client, 'to-come');
    const { data } = await client.ask('query ($id: ID!) { executionContext(id: $id) { encryptionEnabled } }', {
      id: contextId,
    });
    expect(data.executionContext?.encryptionEnabled).toBe(true);
    expect((await set(null, false)).left).toBeGreaterThan(0);
    await go(null);
  });
});

describe('a new data key', () => {
  test('CR-03 encrypts what comes, and step by step what is there', async () => {
    const contextId = await makeExecutionContext(client, 'rotated');
    await set(contextId, true);
    const ids = [await remember(contextId), await offload(client, { contextId, key: 'rotated' }, TEXT)] as const;
    const { data } = await client.ask(`mutation { rotateDataKey { ${STATE} } }`);
    expect(data.rotateDataKey).toMatchObject({ keyVersion: 2, left: 3 });
    expect((await recall(...ids)).data.offloadedPiece?.text).toBe(TEXT);
    await go(contextId);
    const versions = await world.superuser(
      'SELECT DISTINCT sealed_version(compressed_cipher) AS v FROM offloaded_pieces WHERE compressed_cipher IS NOT NULL',
    );
    expect(versions).toEqual([{ v: 2 }]);
    expect((await recall(...ids)).data.memory?.content).toEqual({ text: TEXT });
  });
});

describe('a tenant that moves to a place of its own', () => {
  test('takes along what is encrypted, what is not, and what holds for contexts to come', async () => {
    const tenant = await world.tenant('moving');
    const own = createRelationalClient(world, tenant);
    const enable = 'mutation ($id: ID, $on: Boolean!) { setMemoryEncryption(contextId: $id, enabled: $on) { left } }';
    await own.ask(enable, { on: true });
    const [closed, open] = [await makeExecutionContext(own, 'closed'), await makeExecutionContext(own, 'open')];
    await own.ask(enable, { id: open, on: false });
    const ids = [
      await offload(own, { contextId: closed, key: 'a' }, TEXT),
      await offload(own, { contextId: open, key: 'b' }, 'Clear.'),
    ];
    await moveTenant({ url: world.url, secrets: TEST_SECRETS, tenantId: tenant.id, to: 'PREMIUM' });
    const moved = createRelationalClient(world, {
      ...tenant,
      context: contextOf(tenant.id, tenant.userId, 'OWNER', 'PREMIUM'),
    });
    const read =
      'query ($id: ID!) { offloadedPiece(id: $id) { text } offloadedContext(id: $id) { context { encryptionEnabled } } }';
    const found = await Promise.all(ids.map(async (id) => (await moved.ask(read, { id })).data));
    expect(found.map(({ offloadedPiece }) => offloadedPiece?.text)).toEqual([TEXT, 'Clear.']);
    expect(found.map(({ offloadedContext }) => offloadedContext?.context.encryptionEnabled)).toEqual([true, false]);
  });
});

/** Tables of the installation, the audit and the outbox included, in whose rows the text stands, in whatever form it is written there. */
async function placesOf(text: string): Promise<string[]> {
  const tables = await world.superuser<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
  );
  const needles = [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64').slice(2, -4)];
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await world.superuser(`SELECT FROM ${name} AS t WHERE t::text LIKE ANY ($1) LIMIT 1`, [
        needles.map((needle) => `%${needle}%`),
      ]);
      return rows.length > 0 ? [name] : [];
    }),
  );
  return found.flat();
}
