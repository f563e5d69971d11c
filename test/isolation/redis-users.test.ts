import { afterAll, describe, expect, test } from 'vitest';
import { placeNameOf } from '#stores/place-name';
import { createTenantAnswers } from '#stores/redis/answers';
import { connectRedis } from '#stores/redis/connection';
import { tenantKey } from '#stores/redis/keys';
import { createTenantConnections } from '#stores/redis/tenant-connections';
import { createTenantUsers } from '#stores/redis/users';
import { TIERS } from '#tenancy/tiers';
import { connectAdmin, connectAs, connectionsAs, log, newTenant, openTestRedis } from '../kit/redis.ts';
import { TEST_SECRETS } from '../kit/secrets.ts';

const redis = openTestRedis();
const admin = connectAdmin();
afterAll(async () => {
  await redis.close();
  admin.disconnect();
});

const KEY = { area: 'answer', parts: ['x'] };

test.each(TIERS)('RD-11 a tenant of the tier %s is reached as its own user if it is ENTERPRISE', async (tier) => {
  const tenant = newTenant(tier);
  await redis.forTenant(tenant).set(KEY, 1, 60);
  expect(await connectionsAs(admin, tenant)).toBe(tier === 'ENTERPRISE' ? 1 : 0);
});

describe('RD-08 with the login of a tenant', async () => {
  const [own, other] = [newTenant('ENTERPRISE'), newTenant('ENTERPRISE')];
  const foreign = tenantKey(other, KEY);
  const mine = tenantKey(own, KEY);
  await redis.forTenant(other).set(KEY, 'of another', 60);
  const client = await connectAs(own.tenantId);
  afterAll(() => client.disconnect());

  test('its own keys are there', async () => {
    await client.set(mine, 'own', 'EX', 60);
    expect(await client.get(mine)).toBe('own');
  });

  test.each(
    `
    GET FOREIGN | MGET MINE FOREIGN | SET FOREIGN 1 | DEL FOREIGN | GETDEL FOREIGN | INCRBY FOREIGN 1 | PTTL FOREIGN
    GET attempts:{all}:password:x | SET attempts:{all}:password:x 1 | GET tenant:{ | DUMP MINE | OBJECT ENCODING FOREIGN
    RENAME MINE FOREIGN | COPY MINE FOREIGN | SORT MINE BY nosort GET FOREIGN | MIGRATE 127.0.0.1 1 MINE 0 10
    KEYS * | SCAN 0 | RANDOMKEY | DBSIZE | SELECT 1 | SWAPDB 0 1 | FLUSHALL | FLUSHDB | MEMORY USAGE FOREIGN
    EVAL return(redis.call('GET',KEYS[1])) 1 FOREIGN | EVAL return(redis.call('GET','FOREIGN')) 0
    SCRIPT LOAD return(1) | FUNCTION LIST | SUBSCRIBE __keyspace@0__:* | PSUBSCRIBE * | PUBLISH x y | MONITOR
    CONFIG GET * | CONFIG SET requirepass x | ACL LIST | ACL SETUSER MYSELF ~* +@all | INFO | SLOWLOG GET | SAVE
    CLIENT LIST | CLIENT KILL TYPE normal | CLIENT TRACKING ON BCAST | SHUTDOWN NOSAVE | REPLICAOF 127.0.0.1 1
  `
      .split(/[|\n]/)
      .map((words) => words.trim())
      .filter(Boolean),
  )('it is refused: %s', async (text) => {
    const sent = text
      .replaceAll('FOREIGN', foreign)
      .replaceAll('MINE', mine)
      .replace('MYSELF', placeNameOf(own.tenantId));
    const [command = '', ...words] = sent.split(' ');
    await expect(client.call(command, ...words)).rejects.toThrow(/^NOPERM/);
  });

  test('nothing but what a handle sends is allowed, as the server tells it', async () => {
    const listed = await admin.acl('LIST');
    const rules = listed.find((line) => line.startsWith(`user ${placeNameOf(own.tenantId)} `))?.split(/ #\w{64} /)[1];
    const commands = ['get', 'mget', 'set', 'getdel', 'del', 'incrby', 'pttl', 'multi', 'exec'];
    const allowed = commands.map((command) => `+${command}`).join(' ');
    expect(rules).toBe(`~tenant:{${own.tenantId}}:* resetchannels -@all ${allowed}`);
  });

  test('nor is it in a transaction, of which nothing is done then', async () => {
    await client.set(mine, 'own', 'EX', 60);
    await expect(client.multi().set(mine, 'changed').get(foreign).exec()).rejects.toThrow(/^EXECABORT/);
    expect(await client.get(mine)).toBe('own');
    expect(await redis.forTenant(other).get(KEY)).toBe('of another');
  });
});

describe('RD-12 a handle that makes the keys of another tenant', async () => {
  const shared = connectRedis(String(process.env.REDIS_URL), 10_000, log);
  const users = createTenantUsers({ shared, secrets: TEST_SECRETS, database: 0, log });
  const url = String(process.env.REDIS_URL);
  const own = createTenantConnections({ url, shared, users, timeoutMs: 10_000, most: 8, idleMs: 60_000, log });
  const [a, b] = [newTenant('ENTERPRISE'), newTenant('STANDARD')];
  const broken = createTenantAnswers(b, own.of(a.tenantId));
  const victim = redis.forTenant(b).answers;
  afterAll(() => {
    own.close();
    return shared.close();
  });

  test.each([
    ['look', () => broken.look([KEY], ['*'])],
    ['stamp', () => broken.stamp(['*'])],
    ['keep', () => broken.keep([{ key: KEY, text: 'planted' }], 60)],
    ['changing', () => broken.changing(['*'], 60)],
    ['changed', () => broken.changed(['*'])],
  ])('is stopped by the server: %s', async (_, call) => {
    await victim.keep([{ key: KEY, text: 'kept' }], 60);
    const before = await victim.stamp(['*']);
    await expect(call()).rejects.toThrow(/NOPERM|EXECABORT/);
    expect(await victim.look([KEY], ['*'])).toEqual({ texts: ['kept'], stamps: before });
  });

  test('and its own tenant is served by the next command', async () => {
    const right = createTenantAnswers(a, own.of(a.tenantId));
    expect((await right.stamp(['*'])).size).toBe(1);
    expect(await connectionsAs(admin, a)).toBeGreaterThan(0);
  });
});
