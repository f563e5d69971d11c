import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiKey } from '#tenancy/api-key';
import type { Scope } from '#tenancy/roles';
import { TIERS } from '#tenancy/tiers';
import { type CachedTenant, type CachedWorlds, startCachedWorlds } from '#test/kit/cached-worlds';
import { createClient } from '#test/kit/client';
import { provisioned } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

let worlds: CachedWorlds;
beforeAll(async () => {
  worlds = await startCachedWorlds(useWorld());
}, 60_000);
afterAll(() => worlds?.stop());

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
const LIST = '{ contents { totalCount nodes { id slug title body topics { nodes { id name } } } } }';
const ONE = 'query ($id: ID!) { content(id: $id) { id title body } }';

/** Fills every level of the cache with what only this tenant knows. */
async function fill(tenant: CachedTenant): Promise<string> {
  const input = { title: tenant.secret, slug: 'same-slug', body: tenant.secret, topics: [{ name: tenant.secret }] };
  const { data, text } = await tenant.one.query(CREATE, { input });
  const { id } = (data?.createContent as { content?: { id: string } } | undefined)?.content ?? {};
  if (!id) throw new Error(text);
  await tenant.projected();
  for (const client of [tenant.one, tenant.other, tenant.one]) {
    await client.query(LIST);
    await client.query(ONE, { id });
  }
  return id;
}

/** Headers of a key that may do only this. */
async function narrowKey(tenantId: string, scopes: readonly Scope[]): Promise<Record<string, string>> {
  const { key, ...facts } = createApiKey();
  const row = { ...facts, tenantId, id: randomUUID(), name: 'narrow', scopes };
  await provisioned(process.env, (system) => system.upsertApiKey(row));
  return { 'x-api-key': key };
}

describe.each(TIERS)('RD-02 a tenant of tier %s', (tier) => {
  test('reads nothing that another has put into the cache, by equal operations and variables', async () => {
    const [victim, attacker] = [await worlds.tenant(tier), await worlds.tenant(tier)];
    const id = await fill(victim);
    for (const client of [attacker.one, attacker.other, attacker.uncached]) {
      const answers = [await client.query(LIST), await client.query(ONE, { id }), await client.query(ONE, { id })];
      for (const { text } of answers) expect(text).not.toContain(victim.secret);
      expect(answers.map(({ data }) => data)).toEqual([
        { contents: { totalCount: 0, nodes: [] } },
        ...[{ content: null }, { content: null }],
      ]);
    }
    // And what the attacker asked is not what the victim is answered with.
    expect((await victim.one.query(ONE, { id })).text).toContain(victim.secret);
  });
});

test('RD-01 ids that look like the end of a key reach nothing', async () => {
  const [victim, attacker] = [await worlds.tenant(), await worlds.tenant()];
  const id = await fill(victim);
  for (const forged of [`${victim.id}:${id}`, `}:answer:${id}`, `../${victim.id}/${id}`, `${id}\r\n`, `${id}\0`]) {
    expect((await attacker.one.query(ONE, { id: forged })).text).not.toContain(victim.secret);
  }
});

test('RD-03 what was kept for a wider scope is not given to a narrower one', async () => {
  const tenant = await worlds.tenant();
  const [secret, { url }] = [tenant.secret, worlds.cached[0]];
  await fill(tenant);
  const audit = '{ contents { nodes { id } } users { nodes { name } } }';
  expect((await tenant.one.query(audit)).errors).toEqual([]);
  const narrow = createClient(`${url}/graphql`, await narrowKey(tenant.id, ['content:read']));
  expect((await narrow.query(audit)).errors[0]?.extensions.code).toBe('FORBIDDEN');
  const within = await narrow.query('{ contents { nodes { title } } }');
  expect(within.text).toContain(secret);
  expect((await narrow.query(LIST)).errors[0]?.extensions.code).toBe('FORBIDDEN');
});

test('RD-03 a tenant that is suspended gets nothing that was kept', async () => {
  const tenant = await worlds.tenant();
  await fill(tenant);
  await provisioned(process.env, async (system) => void (await system.setTenantStatus(tenant.id, 'SUSPENDED')));
  // Within the seconds for which identity believes what it has read.
  await expect
    .poll(async () => (await tenant.one.query(LIST)).errors[0]?.extensions.code, { timeout: 15_000 })
    .toBe('TENANT_SUSPENDED');
  expect((await tenant.one.query(LIST)).text).not.toContain(tenant.secret);
});

test('GW-17 readers who ask at the same time, when nothing is kept yet, each get their own', async () => {
  const tenants = [await worlds.tenant(), await worlds.tenant(), await worlds.tenant()];
  await Promise.all(tenants.map(fill));
  const text = '{ contents { nodes { title } } }';
  const asked = tenants.flatMap((tenant) => Array.from({ length: 8 }, () => [tenant, tenant.one.query(text)] as const));
  for (const [{ secret }, answer] of asked) {
    expect((await answer).data).toEqual({ contents: { nodes: [{ title: secret }] } });
  }
});
