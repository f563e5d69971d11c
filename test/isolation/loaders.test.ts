import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { projectDocuments } from '#operations/projections/documents';
import type { TenantStores } from '#stores/stores';
import { createRelationalSubgraph } from '#subgraphs/relational/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { contentSaved, createContentCaller, openTestMongo } from '#test/kit/mongo';
import { migratedGraphWorld } from '#test/kit/neo4j';
import { openPostgresWorld, type PostgresTenant } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

/** What one request has loaded is not at hand for the next, which may be another tenant's: same ids, same process. */
const ENTITY = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Content { id';
const CANARY = 'canary-of-b';

describe('an id that the other tenant has just asked for', () => {
  test('is unknown in the relational subgraph', async () => {
    const world = await openPostgresWorld();
    const keys = createAssertionKeys(TEST_SECRETS);
    const host = createRelationalSubgraph({
      verify: createAssertionVerifier(keys, 'relational'),
      openStores: (tenant) => ({ postgres: world.postgres.forTenant(tenant) }) as TenantStores,
      log: world.log,
    });
    const id = await world.b.document({ title: CANARY });
    const ask = async ({ context }: PostgresTenant) => {
      const body = JSON.stringify({ query: '{ content(id: "ID") { title } }'.replace('ID', id) });
      return host.execute(body, createAssertionSigner(keys)(context, 'relational', body), randomUUID());
    };
    expect((await ask(world.b)).data).toEqual({ content: { title: CANARY } });
    expect((await ask(world.a)).data).toEqual({ content: null });
    await world.close();
  });

  test('is unknown in the content subgraph', async () => {
    const world = await openTestMongo();
    const call = createContentCaller(world.mongo);
    const [a, b, id] = [randomUUID(), randomUUID(), randomUUID()];
    await projectDocuments(world.tenant(b), [contentSaved(id, 1, CANARY)]);
    const ask = (tenantId: string) =>
      call({ tenantId }, `${ENTITY} body } } }`, { r: [{ __typename: 'Content', id }] });
    expect((await ask(b)).data).toEqual({ _entities: [{ id, body: CANARY }] });
    expect((await ask(a)).data).toEqual({ _entities: [{ id, body: null }] });
    await world.close();
  });

  test('is unknown in the knowledge subgraph', async () => {
    const { a, b, close } = await migratedGraphWorld();
    const { victim: id } = await b.save({ slug: 'victim', topics: [{ name: CANARY, relevance: 1 }] });
    const r = [{ __typename: 'Content', id }];
    const query = `${ENTITY} similar { score } topics { nodes { name } } } } }`;
    expect((await b.ask(query, { r })).text).toContain(CANARY);
    const { text } = await a.ask(query, { r });
    expect(text).not.toContain(CANARY);
    await close();
  });
});
