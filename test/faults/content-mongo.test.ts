import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Mongo, openMongo } from '#stores/mongo/index';
import { createContentCaller, openTestMongo, type TestMongo, testLog } from '#test/kit/mongo';

/** A road to the server that can be closed and opened, as a crash and a restart look from here. */
let world: TestMongo;
let mongo: Mongo;
let road: Road;
const tenantId = randomUUID();
const QUERY = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Tenant { id documentCount } } }`;
const keys = { keys: [{ __typename: 'Tenant', id: tenantId }] };

beforeEach(async () => {
  world = await openTestMongo();
  road = await buildRoad(new URL(world.url));
  const url = `mongodb://127.0.0.1:${road.port}/?directConnection=true`;
  mongo = openMongo({ url, database: world.database, timeoutMs: 500, log: testLog });
});
afterEach(async () => {
  await mongo.close();
  await road.close();
  await world.close();
});

test('a server that is down at the start costs its own fields, with a typed error that names no host', async () => {
  const call = createContentCaller(mongo);
  const { data, errors } = await call({ tenantId }, QUERY, keys);
  expect(data._entities).toEqual([{ id: tenantId, documentCount: null }]);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'STORE_UNAVAILABLE', store: 'mongo' });
  expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
});

test('a server that comes up later is found without a restart', async () => {
  const call = createContentCaller(mongo);
  expect((await call({ tenantId }, QUERY, keys)).errors).toHaveLength(1);
  await road.open();
  await expect.poll(async () => (await call({ tenantId }, QUERY, keys)).errors, { timeout: 10_000 }).toBeUndefined();
});

test('a server that goes away is refused at once after a few failures, and serves again when it is back', async () => {
  await road.open();
  await mongo.ping();
  await road.close();
  for (let call = 0; call < 5; call += 1)
    await expect(mongo.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(mongo.breakerState()).toBe('open');
  const before = performance.now();
  await expect(mongo.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(performance.now() - before).toBeLessThan(100);
  await road.open();
  await expect
    .poll(
      () =>
        mongo.ping().then(
          () => 'serves',
          () => 'refuses',
        ),
      { timeout: 10_000 },
    )
    .toBe('serves');
});

interface Road {
  readonly port: number;
  open(): Promise<void>;
  close(): Promise<void>;
}

async function buildRoad({ hostname, port: target }: URL): Promise<Road> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket): void => {
    const to = connect(Number(target), hostname);
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    from.pipe(to).pipe(from);
  };
  const listen = (server: Server, port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  const end = (server: Server): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  // The port is reserved by taking it once; nobody else takes it within a test.
  let server = createServer(pass);
  const port = await listen(server, 0);
  await end(server);
  return {
    port,
    async open() {
      server = createServer(pass);
      await listen(server, port);
    },
    close: () => end(server),
  };
}
