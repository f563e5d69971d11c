import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CachedTenant, type CachedWorlds, startCachedWorlds } from '#test/kit/cached-worlds';
import type { Answer } from '#test/kit/client';
import { useWorld } from '#test/kit/world';

let worlds: CachedWorlds;
let tenant: CachedTenant;
beforeAll(async () => {
  worlds = await startCachedWorlds(useWorld());
  tenant = await worlds.tenant();
}, 60_000);
afterAll(() => worlds?.stop());

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { position } }';
const create = async (): Promise<string> => {
  const { data } = await tenant.one.query(CREATE, { input: { title: randomUUID(), body: 'Mine.' } });
  return (data as unknown as { createContent: { position: string } }).createContent.position;
};
const cacheOf = ({ extensions }: Answer) =>
  Reflect.get(extensions, 'cache') as { operation?: object; parts?: { hits: number } } | undefined;

// The second holds what is never kept as a whole, so that its parts are.
test.each([
  ['an answer', '{ contents(first: 5) { nodes { title } } }', { operation: { outcome: 'hit' } }],
  ['a part of one', '{ viewer { id } contents(first: 5) { nodes { title body } } }', { parts: { misses: 0 } }],
])('who asks for their own writes is given %s from the stores, though it is kept', async (_, query, kept) => {
  const position = await create();
  await tenant.projected();
  for (const _time of [1, 2]) await tenant.one.query(query);
  expect(cacheOf(await tenant.one.query(query))).toMatchObject(kept);
  const own = await tenant.one.query(query, {}, { 'x-polygraph-after': position });
  expect(own.errors).toEqual([]);
  expect(cacheOf(own)).toBeUndefined();
});
