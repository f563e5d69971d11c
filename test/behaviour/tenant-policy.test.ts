import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIdentity } from '#gateway/identity/index';
import { findPolygraphError } from '#platform/errors';
import { moveTenant } from '#stores/postgres/move/index';
import { openRelayStore } from '#stores/postgres/outbox/relay-store';
import { placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import { urlOfRole } from '#stores/postgres/roles';
import { createApiKey } from '#tenancy/api-key';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import { asRole, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';
import { expectWithin } from '#test/kit/soon';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
});
afterAll(() => world.close());

it('shows what a tenant is given and why, and enforces the limits of it, in its own place, too', async () => {
  const tenant = await world.tenant('policy', 'STANDARD');
  const { id, handle } = tenant;
  const override = (layer: '*' | 'development', changes: Record<string, unknown>) =>
    world.system.overridePolicy({ tenantId: id, layer, changes, environment: 'development' });
  await override('*', { 'limits.maxContents': 5, 'retention.eventsDays': 2 });
  await override('development', { 'limits.maxContents': 6 });
  await moveTenant({ url: world.url, secrets: TEST_SECRETS, tenantId: id, to: 'PREMIUM', graceMs: 0 });
  const { data } = await createRelationalClient(world, tenant).ask(SHOWN);
  expect(data).toMatchObject({ tenant: { limits: { maxContents: 6 } } });
  for (const setting of [
    { name: 'limits.maxContents', value: 6, source: 'ENVIRONMENT' },
    { name: 'retention.eventsDays', value: 2, source: 'TENANT' },
    { name: 'caches.maxAgeSeconds', value: 600, source: 'TIER' },
  ]) {
    expect(data).toMatchObject({ tenant: { settings: expect.arrayContaining([setting]) } });
  }
  expect(await handle.prisma.tenant.findMany({ select: { maxContents: true } })).toEqual([{ maxContents: 6 }]);
});

it('only the system changes it, and nothing that is not a setting', async () => {
  const { id } = world.a;
  const asApp = asRole(urlOfRole(world.url, 'app', TEST_SECRETS), (client) =>
    client.query(`SELECT set_config('app.tenant', '${id}', false); UPDATE tenants SET overrides = '{}'`),
  );
  await expect(asApp).rejects.toThrow(/permission denied/);
  const wrong = { tenantId: id, layer: '*' as const, changes: { 'limits.maxUsers': -1 }, environment: 'test' as const };
  await expect(world.system.overridePolicy(wrong)).rejects.toThrow();
});

it('reaches whoever serves a request: from the registry to the context, and in the assertion to a subgraph', async () => {
  const { id } = await world.tenant('agreed');
  const { key, ...kept } = createApiKey();
  await world.system.upsertApiKey({ tenantId: id, id: randomUUID(), name: 'key', scopes: [], ...kept });
  const settings = {
    ...{ JWT_ISSUER: 'x', JWT_AUDIENCE: 'x', JWT_TENANT_CLAIM: 'tenant' },
    ...{ IDENTITY_CACHE_SECONDS: 5, NODE_ENV: 'test' as const },
  };
  const keys = () => Promise.reject(new Error('nobody has a token'));
  const identify = createIdentity({ directory: world.directory, settings, keys });
  const asked = () => identify({ 'x-api-key': key });
  expect(await asked()).not.toHaveProperty('agreed');
  const agree = (layer: '*' | 'production', seconds: number) =>
    world.system.overridePolicy({
      ...{ tenantId: id, layer, environment: 'test' },
      changes: { 'caches.maxAgeSeconds': seconds },
    });
  await agree('*', 7);
  await agree('production', 8);
  await expectWithin(1_000, asked, ({ agreed }) => agreed?.['caches.maxAgeSeconds'] === 7);
  const shared = createAssertionKeys(TEST_SECRETS);
  const assertion = createAssertionSigner(shared)(await asked(), 'content', '{}');
  expect(createAssertionVerifier(shared, 'content')(assertion, '{}').agreed).toEqual({ 'caches.maxAgeSeconds': 7 });
});

it.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)(
  'a %s tenant has as many statements under way as was agreed, and waits for its own no longer than was agreed',
  async (tier) => {
    const { context, handle: own } = await world.tenant(`pools-${tier.toLowerCase()}`, tier);
    await own.prisma.content.count();
    const agreed = { 'pools.connections': 2, 'pools.acquireTimeoutMs': 300 };
    const { sql } = world.postgres.forTenant(dangerouslyMintTenantContext({ ...context, agreed }));
    const sleep = (seconds: number) => sql`SELECT pg_sleep(${seconds})::text, pg_backend_pid() AS pid`;
    const began = performance.now();
    await Promise.all([sleep(0.2), sleep(0.2), sleep(0.2)]);
    expect(performance.now() - began).toBeGreaterThan(390);
    const outcomes = await Promise.allSettled([sleep(0.8), sleep(0.8), sleep(0)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    const [, , late] = outcomes;
    const error = findPolygraphError(late?.status === 'rejected' ? late.reason : undefined);
    expect(error?.code).toBe('RATE_LIMITED');
    expect(world.postgres.breaker.state()).toBe('closed');
    await sleep(0);
  },
);

it.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)(
  'the delivered events of a %s tenant are kept as long as was agreed',
  async (tier) => {
    const tenant = await world.tenant(`events-${tier.toLowerCase()}`, tier);
    const store = openRelayStore({ url: world.url, secrets: TEST_SECRETS, log: world.log });
    const { ask } = createRelationalClient(world, tenant);
    const { data } = await ask('mutation { createContent(input: { title: "T", body: "B" }) { content { id } } }');
    const change =
      'mutation ($id: ID!, $title: String!) { updateContent(id: $id, input: { title: $title }) { position } }';
    const { id } = data.createContent.content;
    for (const title of ['U', 'V']) await ask(change, { id, title });
    const place = placementOf(tenant.context);
    const inPlace = async (text: string) =>
      asRole(urlIn(world.url, place), async (client) => {
        await client.query(`SET search_path = ${schemaOf(place)}`);
        return (await client.query(text)).rows.length;
      });
    const ours = `WHERE tenant_id = '${tenant.id}'`;
    await inPlace(`UPDATE outbox_deliveries SET state = 'done' ${ours}`);
    await inPlace(`UPDATE outbox SET created_at = now() - interval '5 days' ${ours}`);
    const left = () => inPlace(`SELECT FROM outbox ${ours}`);
    await store.queue.prune(100);
    expect(await left()).toBe(3);
    const changes = { 'retention.eventsDays': 3 };
    await world.system.overridePolicy({ tenantId: tenant.id, layer: '*', changes, environment: 'test' });
    await store.queue.prune(100);
    expect(await left()).toBeLessThan(3);
    await store.close();
  },
);

const SHOWN = '{ tenant { limits { maxContents } settings { name value source } } }';
