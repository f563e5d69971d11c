import { afterAll, beforeAll, expect, it } from 'vitest';
import { moveTenant } from '#stores/postgres/move/index';
import { urlOfRole } from '#stores/postgres/roles';
import { asRole, openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

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

const SHOWN = '{ tenant { limits { maxContents } settings { name value source } } }';
