import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '#platform/log';
import { type AccountStore, openAccounts } from '#stores/postgres/accounts';
import { findPrimary, watchPrimary } from '#stores/postgres/connections/index';
import { type NewConnection, saveConnection } from '#stores/postgres/connections/record';
import { createDirectory } from '#stores/postgres/directory';
import { openPostgres, type Postgres } from '#stores/postgres/index';
import { type Maintenance, openMaintenance } from '#stores/postgres/maintenance/index';
import { migratePostgres } from '#stores/postgres/migrate';
import { moveTenant } from '#stores/postgres/move/index';
import { openRelayStore, type RelayStore } from '#stores/postgres/outbox/relay-store';
import { openPostgresProvision } from '#stores/postgres/provision';
import { passwordOfRole, urlOfRole } from '#stores/postgres/roles';
import { asRole, contextOf } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';
import { type ReplicatedPostgres, startReplicatedPostgres } from '#test/kit/standby';

let pair: ReplicatedPostgres;
let postgres: Postgres;
/** What has connections of its own beside those of requests. */
let accounts: AccountStore;
let directory: ReturnType<typeof createDirectory>;
let relay: RelayStore;
let maintenance: Maintenance;
let watched: ReturnType<typeof watchPrimary>;
const log = createLogger({ level: 'silent' });
const [tenantId, userId, otherId, ownId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
const context = contextOf(tenantId, userId);
const ownContext = contextOf(ownId, userId, 'OWNER', 'ENTERPRISE');

beforeAll(async () => {
  pair = await startReplicatedPostgres(20_000);
  await migratePostgres({ url: pair.url, secrets: TEST_SECRETS, log });
  const provision = openPostgresProvision({ url: pair.url, secrets: TEST_SECRETS, log });
  const system = provision.dangerouslyAsSystem('setting up a test');
  for (const [id, slug] of [
    [tenantId, 'a'],
    [otherId, 'b'],
  ] as const) {
    await system.upsertTenant({ id, slug, name: slug, tier: 'STANDARD' });
  }
  await system.upsertTenant({ id: ownId, slug: 'own', name: 'own', tier: 'ENTERPRISE' });
  await system.upsertUser({ id: userId, email: 'a@a.example', name: 'A' });
  for (const id of [tenantId, ownId]) await system.upsertMembership({ tenantId: id, userId, role: 'OWNER' });
  await provision.close();
  const registry = { balancer: 'ROUND_ROBIN', checkMs: 200, readAfterWriteMs: 1_500 } as const;
  postgres = openPostgres({ url: pair.url, secrets: TEST_SECRETS, registry, timeoutMs: 2_000, log });
  const { onPrimary } = postgres.servers;
  const options = { url: pair.url, secrets: TEST_SECRETS, timeoutMs: 2_000, log };
  accounts = openAccounts({ ...options, onPrimary });
  directory = createDirectory({ ...options, onPrimary });
  maintenance = openMaintenance(options, onPrimary);
  // As in a process of its own, which spreads no reads.
  watched = watchPrimary({ ...options, registry: { checkMs: 200 } });
  relay = openRelayStore({ ...options, onPrimary: watched.onPrimary });
}, 120_000);
afterAll(async () => {
  await Promise.all([accounts?.close(), directory?.close(), relay?.close(), watched?.close(), postgres?.close()]);
  await pair?.close();
});

const save = (connection: Partial<NewConnection>) =>
  asRole(urlOfRole(pair.url, 'provision', TEST_SECRETS), (client) => {
    const { hostname, port, pathname } = new URL(pair.standbyUrl);
    const facts = {
      connection_name: 'standby',
      connection_type: 'SHARED',
      host: hostname,
      port: Number(port),
    } as const;
    const login = { username: 'polygraph_app', password: passwordOfRole('app', TEST_SECRETS) };
    const rest = { database_name: pathname.slice(1), ssl_mode: 'disable' } as const;
    return saveConnection(client, { ...facts, ...login, ...rest, ...connection }, TEST_SECRETS);
  });
const stateOf = (name: string) => postgres.servers.status().find((server) => server.name === name);
const serverPort = async () => {
  const [row] = await postgres.forTenant(context).sql<{ port: number }>`SELECT inet_server_port() AS port`;
  return String(row?.port);
};
const write = (by = context) => {
  const id = randomUUID();
  const data = { tenantId: by.tenantId, id, slug: id, title: 'T' };
  return postgres.forTenant(by).transaction((tx) => tx.content.create({ data }));
};
const portOf = (url: string) => new URL(url).port;
/** How long it takes until it is so, in milliseconds. */
async function until(what: () => Promise<boolean> | boolean): Promise<number> {
  const began = performance.now();
  while (!(await what())) await sleep(5);
  return performance.now() - began;
}

it('a standby that is entered is taken up without a restart, and serves reads of the tenant, behind the same walls', async () => {
  await write();
  expect(postgres.servers.status().map(({ name }) => name)).toEqual(['main']);
  await save({ pool_max_size: 3, application_name: 'polygraph reads' });
  await until(() => stateOf('standby')?.state === 'HEALTHY');
  expect(stateOf('main')?.primary).toBe(true);
  await until(async () => (await serverPort()) === portOf(pair.standbyUrl));
  const other = postgres.forTenant(contextOf(otherId, userId));
  expect(await other.prisma.content.count()).toBe(0);
  expect(await postgres.forTenant(context).prisma.content.count()).toBe(1);
  const { pool } = stateOf('standby') ?? {};
  expect(pool).toMatchObject({ querySuccessRate: 1, healthScore: 100, recentFailures: 0, activeConnections: 0 });
  const stored = await asRole(pair.url, (client) =>
    client.query('SELECT encrypted_password FROM admin.database_connections'),
  );
  expect(JSON.stringify(stored.rows)).not.toContain(passwordOfRole('app', TEST_SECRETS));
});

it('a tenant reads what it has just written', async () => {
  for (let written = 2; written <= 20; written += 1) {
    await write();
    expect(await postgres.forTenant(context).prisma.content.count()).toBe(written);
  }
});

it('a change of its settings exchanges the pool and loses no read under way', async () => {
  const { prisma } = postgres.forTenant(context);
  await until(async () => (await serverPort()) === portOf(pair.standbyUrl));
  let running = true;
  const counts: Promise<number>[] = [];
  const reading = (async () => {
    for (; running; await sleep(2)) counts.push(prisma.content.count());
  })();
  await save({ pool_max_size: 2, application_name: 'polygraph other' });
  const seen = () =>
    asRole(pair.standbyUrl, (client) =>
      client.query(`SELECT FROM pg_stat_activity WHERE application_name = 'polygraph other'`),
    );
  await until(async () => (await seen()).rows.length > 0);
  running = false;
  await reading;
  expect(new Set(await Promise.all(counts))).toEqual(new Set([20]));
});

/** Of each of these, how long it takes until it does what needs the primary, in milliseconds. */
async function recoveries(): Promise<Record<string, number>> {
  const doing: Record<string, () => Promise<unknown>> = {
    writes: () => write(),
    'writes of an ENTERPRISE tenant': () => write(ownContext),
    identity: () => directory.tenant(tenantId),
    'sign-in': () => accounts.note(tenantId, userId, 'person.signIn', 'INFO'),
    relay: () => relay.queue.buryAbandoned(3),
    'work of the owner': () => maintenance.run('METRICS', 'test'),
  };
  const measured = Object.entries(doing).map(async ([what, work]) => {
    const works = () =>
      work().then(
        () => true,
        () => false,
      );
    return [what, Math.round(await until(works))] as const;
  });
  return Object.fromEntries(await Promise.all(measured));
}

it('the primary dies: reads go on at once, writes as soon as the standby is promoted, and none that it had is lost', {
  timeout: 60_000,
}, async () => {
  const { prisma } = postgres.forTenant(context);
  await write(ownContext);
  // Each has connections to the primary, which are gone with it.
  await Promise.all([directory.tenant(tenantId), accounts.findTenant('a'), relay.queue.lanes()]);
  await until(async () => (await serverPort()) === portOf(pair.standbyUrl));
  await watched.check();
  await pair.caughtUp();
  pair.killPrimary();
  const killedAt = performance.now();
  const slowest = { readMs: 0 };
  const read = async () => {
    const began = performance.now();
    expect(await prisma.content.count()).toBe(20);
    slowest.readMs = Math.max(slowest.readMs, performance.now() - began);
  };
  const reads = Array.from({ length: 50 }, (_, at) => sleep(at * 10).then(read));
  await until(() => stateOf('main')?.state === 'UNHEALTHY');
  const detectedMs = performance.now() - killedAt;
  await Promise.all(reads);
  await expect(write()).rejects.toThrow();
  await pair.promote();
  const recoveredMs = await recoveries();
  expect(stateOf('standby')?.primary).toBe(true);
  expect(await prisma.content.count()).toBe(21);
  expect(await postgres.forTenant(ownContext).prisma.content.count()).toBe(2);
  expect(detectedMs).toBeLessThan(5_000);
  for (const [what, ms] of Object.entries(recoveredMs)) expect(ms, what).toBeLessThan(5_000);
  process.stderr.write(
    `detected after ${Math.round(detectedMs)} ms, slowest read ${Math.round(slowest.readMs)} ms, ` +
      `after the promotion: ${JSON.stringify(recoveredMs)} ms\n`,
  );
});

it('commands and moves go to the new primary while the old one is away, where they are told of a standby', {
  timeout: 60_000,
}, async () => {
  const command = { url: pair.url, secrets: TEST_SECRETS, log };
  expect(await findPrimary(command)).toBe(pair.url);
  const url = await findPrimary({ ...command, standbys: ['127.0.0.1:1', new URL(pair.standbyUrl).host] });
  expect(portOf(url)).toBe(portOf(pair.standbyUrl));
  expect(await migratePostgres({ ...command, url })).toEqual([]);
  await moveTenant({ url, secrets: TEST_SECRETS, tenantId: otherId, to: 'PREMIUM' });
  const other = contextOf(otherId, userId, 'OWNER', 'PREMIUM');
  await write(other);
  expect(await postgres.forTenant(other).prisma.content.count()).toBe(1);
  const run = await maintenance.run('PARTITIONS', 'test');
  expect(run?.result?.failed).toEqual([]);
});

it('the old primary comes back and gets neither reads nor writes, because its timeline is an older one', {
  timeout: 60_000,
}, async () => {
  await until(() => stateOf('main')?.state === 'HEALTHY');
  await postgres.servers.check();
  expect(stateOf('standby')?.primary).toBe(true);
  // A command that is told of no other server finds it in the list of the old one.
  const found = await findPrimary({ url: pair.url, secrets: TEST_SECRETS, log });
  expect(portOf(found)).toBe(portOf(pair.standbyUrl));
  await write();
  for (let at = 0; at < 6; at += 1) expect(await serverPort()).toBe(portOf(pair.standbyUrl));
  const old = new pg.Client({ connectionString: pair.url });
  await old.connect();
  expect((await old.query('SELECT count(*)::int AS n FROM contents')).rows).toEqual([{ n: 20 }]);
  await old.end();
});
