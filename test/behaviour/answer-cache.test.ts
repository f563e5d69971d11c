import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CachedTenant, type CachedWorlds, startCachedWorlds } from '#test/kit/cached-worlds';
import type { Answer, Client } from '#test/kit/client';
import { useWorld } from '#test/kit/world';

let worlds: CachedWorlds;
let tenant: CachedTenant;
beforeAll(async () => {
  worlds = await startCachedWorlds(useWorld());
  tenant = await worlds.tenant();
}, 60_000);
afterAll(() => worlds?.stop());

const LIST = '{ contents(first: 50, sort: TITLE_A_TO_Z) { totalCount nodes { id title } } }';
const ONE = 'query ($id: ID!) { content(id: $id) { title body topics { nodes { name } } } }';
const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateContentInput!) { updateContent(id: $id, input: $input) { content { title } } }';

const cacheOf = ({ extensions }: Answer) => Reflect.get(extensions, 'cache') as { operation?: object; parts?: object };
const write = async (client: Client, input: object) => {
  const { data, text } = await client.query(CREATE, { input });
  const { id } = (data?.createContent as { content?: { id: string } } | undefined)?.content ?? {};
  if (!id) throw new Error(text);
  return id;
};
const document = (title: string) => ({ title, body: `About ${title}.`, topics: [{ name: title }] });

describe('B3 an answer that is kept', () => {
  test('is given again without a word to the stores, by every gateway, with its age', async () => {
    await write(tenant.one, document('kept'));
    await tenant.projected();
    const first = await tenant.one.query(LIST);
    expect(cacheOf(first).operation).toEqual({ outcome: 'miss', ageSeconds: 0 });
    for (const client of [tenant.one, tenant.other]) {
      const again = await client.query(LIST);
      expect(cacheOf(again).operation).toMatchObject({ outcome: 'hit' });
      expect(again.data).toEqual(first.data);
      expect(again.extensions.polygraph?.storeQueries).toEqual({ postgres: 0, mongo: 0, neo4j: 0, redis: 1 });
    }
  });

  test('is not given any more after a write, by whichever gateway', async () => {
    const id = await write(tenant.other, document('before'));
    for (const [writer, title] of [
      [tenant.one, 'after'],
      [tenant.other, 'later'],
    ] as const) {
      await tenant.one.query(LIST);
      await tenant.other.query(LIST);
      expect((await writer.query(UPDATE, { id, input: { title } })).errors).toEqual([]);
      for (const reader of [tenant.one, tenant.other]) expect((await reader.query(LIST)).text).toContain(`"${title}"`);
    }
  });

  test('is not given any more after a projection', async () => {
    const id = await write(tenant.one, document('projected'));
    await tenant.one.query(ONE, { id });
    await tenant.projected();
    const { data } = await tenant.one.query(ONE, { id });
    expect(data).toEqual({
      content: { title: 'projected', body: 'About projected.', topics: { nodes: [{ name: 'projected' }] } },
    });
  });

  test('entities are kept one by one: a list of others takes those it shares from the cache', async () => {
    const own = await worlds.tenant();
    for (const title of ['a', 'b', 'c']) await write(own.one, document(title));
    await own.projected();
    const bodies = (first: number) => `{ contents(first: ${first}, sort: TITLE_A_TO_Z) { nodes { title body } } }`;
    expect(cacheOf(await own.one.query(bodies(2))).parts).toEqual({ hits: 0, misses: 3 });
    const wider = await own.one.query(bodies(3));
    expect(cacheOf(wider).parts).toEqual({ hits: 2, misses: 2 });
    expect(wider.data).toEqual((await own.uncached.query(bodies(3))).data);
    // One has changed: the other two are still good.
    const [id] = [await write(own.one, document('d'))];
    await own.one.query(UPDATE, { id, input: { title: 'e' } });
    await own.projected();
    expect(cacheOf(await own.one.query(bodies(4))).parts).toEqual({ hits: 3, misses: 2 });
  });

  test('an entity is another one with a variable that is null than with one that is absent', async () => {
    const own = await worlds.tenant();
    await write(own.one, document('a'));
    await own.projected();
    const excerpts = 'query ($length: Int) { contents { nodes { excerpt(length: $length) } } }';
    expect((await own.one.query(excerpts)).data).toEqual({ contents: { nodes: [{ excerpt: 'About a.' }] } });
    const { errors } = await own.one.query(excerpts, { length: null });
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  test('what may not be kept is asked for anew, and so is everything that holds it', async () => {
    for (const text of [
      '{ freshness { target } }',
      '{ viewer { id } }',
      '{ topContents { views } }',
      '{ contents { nodes { views } } }',
    ]) {
      await tenant.one.query(text);
      expect(cacheOf(await tenant.one.query(text))?.operation).toBeUndefined();
    }
  });

  test('an answer with an error is never kept', async () => {
    const wrong = '{ contents(after: "rubbish") { totalCount } }';
    await tenant.one.query(wrong);
    const again = await tenant.one.query(wrong);
    expect(again.errors[0]?.extensions.code).toBe('CURSOR_INVALID');
    expect(cacheOf(again).operation).toMatchObject({ outcome: 'miss' });
  });
});

test('E4 the hit ratio and the ages are among the metrics', async () => {
  await tenant.one.query(LIST);
  await tenant.one.query(LIST);
  const metrics = await (await fetch(`${worlds.cached[0].url}/metrics`)).text();
  expect(metrics).toMatch(/polygraph_cache_looks_total\{what="operation",outcome="hit"\} [1-9]/);
  expect(metrics).toMatch(/polygraph_cache_age_seconds_count\{what="operation"\} [1-9]/);
  expect(metrics).not.toContain(tenant.id);
});
