import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeExecutionContext, offload } from '#test/kit/memory';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient, type RelationalClient } from '#test/kit/relational';

let world: PostgresWorld;
let client: RelationalClient;
let contextId: string;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  client = createRelationalClient(world, world.a);
  contextId = await makeExecutionContext(client);
});
afterAll(() => world.close());

const FACTS = `id key title tags state pieces originalBytes compressedBytes compressionRatio sha256 context { id }`;
const BEGIN = `mutation ($input: OffloadInput!) { beginOffload(input: $input) { ${FACTS} } }`;
const APPEND = `mutation ($id: ID!, $number: Int!, $text: String!) { appendOffloaded(id: $id, number: $number, text: $text) { pieces } }`;
const COMPLETE = `mutation ($id: ID!, $sha256: String) { completeOffload(id: $id, sha256: $sha256) { ${FACTS} } }`;
const PIECE = 'query ($id: ID!, $number: Int) { offloadedPiece(id: $id, number: $number) { text } }';
const OFFLOAD = `mutation ($input: OffloadInput!, $text: String!) { offloadContext(input: $input, text: $text) { ${FACTS} } }`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const codes = (errors: Awaited<ReturnType<RelationalClient['ask']>>['errors']) =>
  errors?.map(({ extensions }) => extensions.code);

describe('a text that is offloaded at once', () => {
  test('is kept compressed, by a ratio that is true', async () => {
    const text = 'Tulips and their bulbs, again and again. '.repeat(2_000);
    const { data, errors } = await client.ask(OFFLOAD, {
      input: { contextId, key: 'tulips', title: 'Tulips', tags: ['bulb'] },
      text,
    });
    expect(errors).toBeUndefined();
    const offloaded = data.offloadContext;
    expect(offloaded).toMatchObject({
      state: 'COMPLETE',
      pieces: 1,
      originalBytes: text.length,
      sha256: sha256(text),
      context: { id: contextId },
    });
    const [kept] = await world.superuser<{ bytes: number }>(
      'SELECT octet_length(compressed) AS bytes FROM offloaded_pieces WHERE offloaded_id = $1',
      [offloaded.id],
    );
    expect(offloaded.compressedBytes).toBe(kept?.bytes);
    expect(offloaded.compressionRatio).toBe(text.length / (kept?.bytes ?? 0));
    expect(offloaded.compressionRatio).toBeGreaterThan(50);
  });

  test('is known when it is sent again, and refused where it is another', async () => {
    const input = { contextId, key: 'twice', title: 'Twice' };
    const [first, again] = [
      await client.ask(OFFLOAD, { input, text: 'One.' }),
      await client.ask(OFFLOAD, { input, text: 'One.' }),
    ];
    expect(again.data.offloadContext.id).toBe(first.data.offloadContext.id);
    expect(codes((await client.ask(OFFLOAD, { input, text: 'Two.' })).errors)).toEqual(['CONFLICT']);
  });

  test.each([
    ['an empty text', { key: 'x', title: 'X' }, '', 'BAD_USER_INPUT'],
    ['a text that is too large at once', { key: 'x', title: 'X' }, 'x'.repeat(1_000_001), 'REQUEST_TOO_LARGE'],
    ['no key', { key: ' ', title: 'X' }, 'x', 'BAD_USER_INPUT'],
    ['a context that is not there', { key: 'x', title: 'X', contextId: crypto.randomUUID() }, 'x', 'NOT_FOUND'],
  ])('is refused with %s', async (_, input, text, code) => {
    expect(codes((await client.ask(OFFLOAD, { input: { contextId, ...input }, text })).errors)).toEqual([code]);
  });
});

describe('a text that comes in pieces', () => {
  test('of 10 MB is restored byte for byte, a piece at a time', async () => {
    const pieces = Array.from({ length: 11 }, (_, number) => longText(number, 950_000));
    const whole = pieces.join('');
    const id = await begin('ten-megabytes');
    for (const [number, text] of pieces.entries()) {
      expect((await client.ask(APPEND, { id, number, text })).data.appendOffloaded.pieces).toBe(number + 1);
    }
    const { data } = await client.ask(COMPLETE, { id, sha256: sha256(whole) });
    expect(data.completeOffload).toMatchObject({
      state: 'COMPLETE',
      originalBytes: Buffer.byteLength(whole),
      sha256: sha256(whole),
    });
    const given = createHash('sha256');
    let bytes = 0;
    for (let number = 0; number < data.completeOffload.pieces; number += 1) {
      const piece = (await client.ask(PIECE, { id, number })).data.offloadedPiece?.text ?? '';
      given.update(piece);
      bytes += Buffer.byteLength(piece);
    }
    expect([bytes, given.digest('hex')]).toEqual([Buffer.byteLength(whole), sha256(whole)]);
    expect((await client.ask(PIECE, { id, number: 11 })).data.offloadedPiece).toBeNull();
    expect(bytes).toBeGreaterThan(10_000_000);
  });

  test('takes a piece again that is the same, and no other out of turn', async () => {
    const id = await begin('out-of-turn');
    const append = async (number: number, text: string) =>
      codes((await client.ask(APPEND, { id, number, text })).errors);
    expect(await append(1, 'second')).toEqual(['CONFLICT']);
    expect([await append(0, 'first'), await append(0, 'first')]).toEqual([undefined, undefined]);
    expect(await append(0, 'other')).toEqual(['CONFLICT']);
    expect(codes((await client.ask(COMPLETE, { id, sha256: sha256('other') })).errors)).toEqual(['CONFLICT']);
    expect((await client.ask(COMPLETE, { id })).data.completeOffload.sha256).toBe(sha256('first'));
    expect(await append(1, 'late')).toEqual(['CONFLICT']);
  });

  test('is not given out where a piece was changed past the product', async () => {
    const id = await offload(client, { contextId, key: 'tampered' }, 'What was said.');
    await world.superuser('UPDATE offloaded_pieces SET compressed = $2 WHERE offloaded_id = $1', [id, randomBytes(20)]);
    const { errors } = await client.ask('query ($id: ID!) { offloadedPiece(id: $id) { text } }', { id });
    expect(codes(errors)).toEqual(['SEAL_BROKEN']);
  });

  test('may be as large as the tier lets it', async () => {
    await world.superuser(`UPDATE tenants SET overrides = '{"*": {"limits.maxContextMb": 1}}' WHERE id = $1`, [
      world.b.id,
    ]);
    const other = createRelationalClient(world, world.b);
    const input = { contextId: await makeExecutionContext(other), key: 'large', title: 'Large' };
    const { data } = await other.ask(BEGIN, { input });
    const { id } = data.beginOffload;
    expect((await other.ask(APPEND, { id, number: 0, text: 'x'.repeat(900_000) })).errors).toBeUndefined();
    expect(codes((await other.ask(APPEND, { id, number: 1, text: 'x'.repeat(200_000) })).errors)).toEqual([
      'LIMIT_EXCEEDED',
    ]);
  });

  test('counts as storage, and no more once it is deleted', async () => {
    const used = async () => (await client.ask('{ tenant { usage { storageBytes } } }')).data.tenant.usage.storageBytes;
    const before = await used();
    const id = await offload(client, { contextId, key: 'weighed' }, 'Weighed and found.');
    expect(await used()).toBeGreaterThan(before);
    await client.ask('mutation ($id: ID!) { deleteOffloaded(id: $id) { id } }', { id });
    expect(await used()).toBe(before);
  });

  const begin = async (key: string): Promise<string> =>
    (await client.ask(BEGIN, { input: { contextId, key, title: key } })).data.beginOffload.id;
});

describe('the nearest', () => {
  const NEAREST = `query ($text: String, $filter: OffloadedFilter, $first: Int) {
    nearestOffloaded(text: $text, filter: $filter, first: $first) { offloaded { key } similarity }
  }`;
  test('are found in one statement, by text, tags and context', async () => {
    const place = await makeExecutionContext(client, 'garden');
    await offload(client, { contextId: place, key: 'roses', tags: ['flower'] }, 'Roses want sun and water.');
    await offload(client, { contextId: place, key: 'locks', tags: ['door'] }, 'A lock is turned with its key.');
    const { data, counts } = await client.ask(NEAREST, { text: 'Do roses want water?', filter: { contextId: place } });
    expect(data.nearestOffloaded.map(({ offloaded }) => offloaded.key)).toEqual(['roses', 'locks']);
    expect(data.nearestOffloaded[0]?.similarity).toBeGreaterThan(0.3);
    expect(counts.postgres).toBe(1);
    const tagged = await client.ask(NEAREST, { text: 'roses', filter: { contextId: place, tags: ['door'] } });
    expect(tagged.data.nearestOffloaded.map(({ offloaded }) => offloaded.key)).toEqual(['locks']);
  });

  test('list newest first in pages, and count what there is', async () => {
    const place = await makeExecutionContext(client, 'paged');
    for (const key of ['one', 'two', 'three']) await offload(client, { contextId: place, key }, key);
    const LIST = `query ($after: String) { offloadedContexts(first: 2, after: $after, contextId: "${place}") {
      nodes { key } totalCount pageInfo { endCursor hasNextPage } } }`;
    const first = (await client.ask(LIST)).data.offloadedContexts;
    expect([first.totalCount, first.nodes.map(({ key }) => key)]).toEqual([3, ['three', 'two']]);
    const second = (await client.ask(LIST, { after: first.pageInfo.endCursor })).data.offloadedContexts;
    expect(second.nodes.map(({ key }) => key)).toEqual(['one']);
  });
});

/** Not the same over and over, so that compression has something to do; with characters of one to four bytes. */
function longText(seed: number, bytes: number): string {
  const words = ['tenant', 'größer', '記憶', '🌷', 'context', 'piece'];
  const parts: string[] = [];
  for (let at = seed, size = 0; size < bytes; at += 1) {
    const part = `${words[at % words.length]}${(at * 7919) % 99_991} `;
    parts.push(part);
    size += Buffer.byteLength(part);
  }
  return parts.join('');
}
