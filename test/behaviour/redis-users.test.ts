import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { type RedisUserOptions, removeFormerUsers } from '#operations/moves/redis-users';
import { startGatewayAlone } from '#operations/product/gateway-alone';
import { startProduct } from '#operations/product/index';
import { startRelayAlone } from '#operations/product/relay-alone';
import { readSettings, type Settings, SettingsError } from '#platform/settings';
import { placeNameOf } from '#stores/place-name';
import type { TenantRedis } from '#stores/redis/index';
import { TIERS } from '#tenancy/tiers';
import { openAccountsWorld } from '../kit/accounts.ts';
import { openPostgresWorld } from '../kit/postgres.ts';
import { connectAdmin, connectionsAs, log, newTenant, openTestRedis } from '../kit/redis.ts';
import { TEST_SECRETS } from '../kit/secrets.ts';

const redis = openTestRedis();
const admin = connectAdmin();
afterAll(async () => {
  await redis.close();
  admin.disconnect();
});

const KEY = { area: 'answer', parts: ['x'] };
/** None of it is looked at before Redis is. */
const GATEWAY = { subgraphs: {}, supergraphSdl: '' };
const NOBODYS = { demo: false, dir: '/nowhere' };
const OTHER = { area: 'answer', parts: ['y'] };

/** Everything a handle can do. */
async function everythingOf(handle: TenantRedis): Promise<unknown> {
  await handle.set(KEY, { a: [1, null] }, 60);
  const many = await handle.getMany([KEY, OTHER]);
  const taken = [await handle.take(KEY), await handle.take(KEY)];
  const take = { key: OTHER, limit: { points: 3, seconds: 60 }, points: 2 };
  const rates = [await handle.consume([take]), await handle.consume([take])];
  await handle.giveBack({ ...take, points: 4 });
  rates.push(await handle.consume([take]));
  const { answers } = handle;
  const made = await answers.stamp(['a', 'b']);
  await answers.keep([{ key: KEY, text: 'kept' }], 60);
  const found = await answers.look([KEY, OTHER], ['a', 'b']);
  await answers.changing(['a'], 60);
  await answers.changed(['b']);
  const marked = await answers.look([], ['a', 'b']);
  const deleted = await handle.delete(KEY, OTHER);
  return { many, taken, rates, same: found.stamps.get('a') === made.get('a'), texts: found.texts, marked, deleted };
}

describe('a handle of Redis', () => {
  test('does the same in every tier', async () => {
    const [first, ...others] = await Promise.all(TIERS.map((tier) => everythingOf(redis.forTenant(newTenant(tier)))));
    expect(first).toMatchObject({ many: [{ a: [1, null] }, undefined], same: true, texts: ['kept', undefined] });
    for (const other of others) expect(other).toEqual(first);
  });

  test('finds what another tier’s handle of the tenant has written: a move carries nothing', async () => {
    const tenantId = randomUUID();
    await redis.forTenant(newTenant('STANDARD', tenantId)).set(KEY, 'written', 60);
    const apart = redis.forTenant(newTenant('ENTERPRISE', tenantId));
    expect(await apart.take(KEY)).toBe('written');
    expect(await redis.forTenant(newTenant('PREMIUM', tenantId)).get(KEY)).toBeUndefined();
  });

  test('works in the database that REDIS_URL names', async () => {
    const url = Object.assign(new URL(String(process.env.REDIS_URL)), { pathname: '/2' }).href;
    const second = openTestRedis({ url });
    const tenant = newTenant('ENTERPRISE');
    await second.forTenant(tenant).set(KEY, 'in 2', 60);
    expect(await second.forTenant(newTenant('STANDARD', tenant.tenantId)).get(KEY)).toBe('in 2');
    expect(await redis.forTenant(newTenant('STANDARD', tenant.tenantId)).get(KEY)).toBeUndefined();
    await second.close();
  });
});

describe('connections of tenants', () => {
  const openFor = (tenants: readonly { readonly tenantId: string }[]) => async (): Promise<number> => {
    const counts = await Promise.all(tenants.map((tenant) => connectionsAs(admin, tenant)));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  test('are one for all who ask at the same time, and no more of them than are allowed', async () => {
    const few = openTestRedis({ maxTenantConnections: 2, timeoutMs: 5_000 });
    const tenants = Array.from({ length: 5 }, () => newTenant('ENTERPRISE'));
    for (const tenant of tenants) {
      await Promise.all(Array.from({ length: 20 }, () => few.forTenant(tenant).set(KEY, 1, 60)));
      expect(await connectionsAs(admin, tenant)).toBe(1);
    }
    await expect.poll(openFor(tenants)).toBe(2);
    await few.close();
    await expect.poll(openFor(tenants)).toBe(0);
  });

  test('are closed when nobody uses them, and opened by who does', async () => {
    const brief = openTestRedis({ idleMs: 100, timeoutMs: 5_000 });
    const tenant = newTenant('ENTERPRISE');
    const handle = brief.forTenant(tenant);
    await handle.set(KEY, 1, 60);
    await expect.poll(openFor([tenant])).toBe(0);
    expect(await handle.get(KEY)).toBe(1);
    await brief.close();
  });
});

test('the secrets can be changed one process after the other', async () => {
  const [old, fresh] = [TEST_SECRETS[0], 'the-secret-that-comes-after-it-0123456789'];
  const tenant = newTenant('ENTERPRISE');
  const processes = ([[old], [fresh, old], [old], [fresh, old], [fresh]] as const).map((secrets) =>
    openTestRedis({ secrets, idleMs: 20 }),
  );
  for (const [at, one] of [...processes, ...processes].entries()) {
    await one.forTenant(tenant).set(KEY, at, 60);
    expect(await redis.forTenant(tenant).get(KEY)).toBe(at);
  }
  await Promise.all(processes.map((one) => one.close()));
});

describe('where the account of REDIS_URL may not keep users', async () => {
  const name = `limited_${randomUUID()}`;
  await admin.acl('SETUSER', name, 'on', '>limited', '~*', '&*', '+@all', '-acl');
  const url = Object.assign(new URL(String(process.env.REDIS_URL)), { username: name, password: 'limited' }).href;
  const limited = openTestRedis({ url });
  const without = openTestRedis({ url, tenantUsers: false });
  const tenant = newTenant('ENTERPRISE');
  afterAll(async () => {
    await Promise.all([limited.close(), without.close()]);
    await admin.acl('DELUSER', name);
  });

  test('the start says so, and what to do', async () => {
    await expect(limited.users?.check()).rejects.toThrow(SettingsError);
    await expect(limited.users?.check()).rejects.toThrow('set REDIS_TENANT_USERS=dangerously-off');
    await expect(redis.users?.check()).resolves.toBeUndefined();
    await expect(openTestRedis({ url: 'redis://127.0.0.1:1' }).users?.check()).resolves.toBeUndefined();
  });

  test.each([
    ['product', (settings: Settings) => startProduct({ settings, log, local: NOBODYS })],
    ['gateway', (settings: Settings) => startGatewayAlone({ ...GATEWAY, settings, log, local: NOBODYS })],
    ['relay', (settings: Settings) => startRelayAlone(settings, log)],
  ])('no %s starts', async (_, start) => {
    const [NEO4J_PASSWORD, NODE_ENV] = ['nobody-home', 'test'];
    const secrets = { POLYGRAPH_SECRETS: TEST_SECRETS[0], NEO4J_PASSWORD, NODE_ENV };
    await expect(start(readSettings({ ...process.env, ...secrets, REDIS_URL: url }))).rejects.toThrow(SettingsError);
  });

  test('an ENTERPRISE tenant is not reached in another way, and the others are served', async () => {
    await expect(limited.forTenant(tenant).get(KEY)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const take = { key: OTHER, limit: { points: 8, seconds: 60 }, points: 1 };
    expect(await limited.forTenant(tenant).consume([take])).toMatchObject([{ allowed: true, local: true }]);
    expect(await limited.forTenant(newTenant('PREMIUM')).consume([take])).toMatchObject([{ local: false }]);
  });

  test('it is reached as all others are where the settings say so', async () => {
    await without.forTenant(tenant).set(KEY, 1, 60);
    expect([await without.forTenant(tenant).get(KEY), without.users]).toEqual([1, undefined]);
  });
});

test('a session of an ENTERPRISE tenant lies behind its own user', async () => {
  const kit = await openAccountsWorld();
  try {
    const { signIn, sessions, tenant } = await kit.joined('ENTERPRISE');
    expect(await signIn()).toMatchObject({ token: expect.stringContaining(tenant.id) });
    expect(await connectionsAs(admin, { tenantId: tenant.id })).toBe(1);
    expect(sessions).toBeDefined();
  } finally {
    await kit.close();
  }
});

test('who is no longer ENTERPRISE loses its user, and nobody else does', async () => {
  const world = await openPostgresWorld();
  try {
    const stays = await world.tenant('stays', 'ENTERPRISE');
    const closed = await world.tenant('closed', 'ENTERPRISE');
    await world.system.setTenantStatus(closed.id, 'CLOSED');
    const elsewhere = newTenant('ENTERPRISE');
    const left = newTenant('ENTERPRISE', world.a.id);
    for (const tenant of [stays.context, closed.context, elsewhere, left])
      await redis.forTenant(tenant).set(KEY, 1, 60);
    const settings: RedisUserOptions['settings'] = { DATABASE_URL: world.url, POLYGRAPH_SECRETS: [TEST_SECRETS[0]] };
    const removed = await removeFormerUsers({ settings, redis, log });
    expect([...removed].sort()).toEqual([closed.id, world.a.id].sort());
    const names = await admin.acl('USERS');
    expect(names).toEqual(expect.arrayContaining([placeNameOf(stays.id), placeNameOf(elsewhere.tenantId)]));
    expect(names).not.toContain(placeNameOf(closed.id));
    await expect
      .poll(
        () =>
          redis
            .forTenant(left)
            .get(KEY)
            .catch(() => 'away'),
        { timeout: 15_000 },
      )
      .toBe(1);
  } finally {
    await world.close();
  }
});
