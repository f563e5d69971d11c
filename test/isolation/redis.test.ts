import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { createLogger } from '#platform/log';
import { withTally } from '#platform/tally';
import { openRedis } from '#stores/redis/index';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import { createClient } from '../kit/client.ts';
import { startSmallGateway } from '../kit/gateway.ts';

const log = createLogger({ level: 'silent' });
const url = String(process.env.REDIS_URL);
const redis = openRedis({ url, log });
afterAll(() => redis.close());

const newTenant = () =>
  dangerouslyMintTenantContext({
    tenantId: randomUUID(),
    tier: 'STANDARD',
    principal: { kind: 'user', id: randomUUID() },
    roles: [],
    scopes: [],
  });

test('RD-02 what one tenant stored is absent for every other, under the same key', async () => {
  const [a, b] = [redis.forTenant(newTenant()), redis.forTenant(newTenant())];
  const key = { area: 'answer', parts: ['query', '{}'] };
  await b.set(key, { secret: 'of B' }, 60);
  expect(await a.get(key)).toBeUndefined();
  expect(await a.getMany([key, key])).toEqual([undefined, undefined]);
  expect(await a.delete(key)).toBe(0);
  expect(await b.get(key)).toEqual({ secret: 'of B' });
});

test('RD-08 a handle has no command that scans, evaluates or names a key', () => {
  const handle = redis.forTenant(newTenant());
  const commands = ['answers', 'consume', 'delete', 'get', 'getMany', 'giveBack', 'set', 'take'];
  expect(Object.keys(handle).sort()).toEqual(commands);
  expect(Object.keys(handle.answers).sort()).toEqual(['changed', 'changing', 'keep', 'look', 'stamp']);
  expect(() => redis.forTenant({ ...newTenant() } as TenantContext)).toThrow('was not made by the verifier');
});

test('RD-09 bytes that mean something to the protocol are stored literally', async () => {
  const handle = redis.forTenant(newTenant());
  const key = { area: 'answer', parts: ['\r\nFLUSHALL\r\n', '\0', '*1\r\n$7\r\n'] };
  const value = { text: '\r\n$0\r\n\0\u2028', deep: [null, 1.5, { a: '{}' }] };
  await handle.set(key, value, 60);
  expect(await handle.get(key)).toEqual(value);
  expect(await handle.delete(key)).toBe(1);
});

test('a command is one statement in the tally, also for many keys', async () => {
  const handle = redis.forTenant(newTenant());
  const keys = ['a', 'b', 'c'].map((part) => ({ area: 'answer', parts: [part] }));
  expect((await withTally(() => handle.getMany(keys))).counts.redis).toBe(1);
});

test('RD-07 a principal spends its own share and no one else’s', async () => {
  const [a, b] = [redis.forTenant(newTenant()), redis.forTenant(newTenant())];
  const key = { area: 'rate', parts: ['requests', 'user', 'same-id'] };
  const take = async (handle: typeof a) =>
    (await handle.consume([{ key, limit: { points: 2, seconds: 60 }, points: 1 }]))[0];
  await take(a);
  await take(a);
  expect(await take(a)).toMatchObject({ allowed: false, remaining: 0, local: false });
  expect(await take(b)).toMatchObject({ allowed: true, remaining: 1, local: false });
});

test('RD-06 the gateway refuses what is over the rate, whatever the headers say, and says how long to wait', async () => {
  const gateway = await startSmallGateway({ redisUrl: url, settings: { RATE_LIMIT_PER_MINUTE: 1 } });
  try {
    const client = await gateway.as('VIEWER');
    const first = await client.query('{ viewer { id } }');
    expect([first.status, first.headers.get('ratelimit-remaining')]).toEqual([200, '0']);
    const elsewhere = { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.8', 'x-tenant-id': randomUUID() };
    const disguised = createClient(`${gateway.url}/graphql`, { authorization: `bearer ${client.token}`, ...elsewhere });
    expect((await disguised.query('{ viewer { id } }')).status).toBe(429);
    const refused = await client.query('{ viewer { id } }');
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await (await gateway.as('VIEWER', client.tenantId)).query('{ viewer { id } }')).status).toBe(200);
  } finally {
    await gateway.stop();
  }
});

describe('RD-10 while Redis is away', () => {
  test('commands fail at once and rates are counted here', async () => {
    const gone = openRedis({ url: 'redis://127.0.0.1:1', log });
    const handle = gone.forTenant(newTenant());
    const limit = { points: 1, seconds: 60 };
    const key = { area: 'rate', parts: ['x'] };
    await expect(handle.get(key)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(gone.ping()).rejects.toThrow('Redis does not answer at the moment.');
    const take = { key, limit, points: 1 };
    expect(await handle.consume([take])).toMatchObject([{ allowed: true, local: true }]);
    expect(await handle.consume([take])).toMatchObject([{ allowed: false, local: true }]);
    await gone.close();
  });

  test('it is found again without help, and nothing queued meanwhile runs late', async () => {
    const proxy = await breakableProxy(url);
    const client = openRedis({ url: proxy.url, log });
    const handle = client.forTenant(newTenant());
    const key = { area: 'answer', parts: ['x'] };
    await handle.set(key, 1, 60);
    await proxy.cut();
    await expect(handle.set(key, 2, 60)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await proxy.mend();
    await expect.poll(() => handle.get(key).catch(() => 'away')).toBe(1);
    await client.close();
    await proxy.cut();
  });
});

test('a Redis that was away at the start is found when it comes', async () => {
  const proxy = await breakableProxy(url);
  await proxy.cut();
  const client = openRedis({ url: proxy.url, log });
  await expect(client.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await proxy.mend();
  await expect
    .poll(() =>
      client.ping().then(
        () => 'up',
        () => 'away',
      ),
    )
    .toBe('up');
  await client.close();
  await proxy.cut();
});

/** Stands between client and server, so that a test can cut the wire of a server others use. */
async function breakableProxy(target: string) {
  const { hostname, port: targetPort, username, password } = new URL(target);
  const { connect } = await import('node:net');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const login = password ? `${username}:${password}@` : '';
  return {
    url: `redis://${login}127.0.0.1:${port}`,
    cut: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    mend: () => listen(port),
  };
}
