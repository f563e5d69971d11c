import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Redis as Client } from 'ioredis';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { openRedis, type TenantRedis } from '#stores/redis/index';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import { median, percentile, type Round, runRound } from './load.ts';
import { ownCpuMs } from './own-cpu.ts';
import { cpuOfTree } from './walls/server-cpu.ts';

/** What it costs that ENTERPRISE tenants are reached as users of their own. */
export interface UsersBench {
  readonly prices: readonly UsersPrice[];
  /** From the first command of a tenant to its answer, in milliseconds: user, connection and login. */
  readonly firstMs: number;
  /** Of the server's memory: a user and its connection. */
  readonly bytes: number;
}

/** Of one request that is answered from kept answers; medians of the rounds, in milliseconds. */
export interface UsersPrice {
  readonly tenants: number;
  readonly tier: Tier;
  /** Of this process, and of Redis. */
  readonly cpuMs: number;
  readonly serverCpuMs: number;
  readonly p50Ms: number;
}

/** With a Redis of its own. @param rounds of each tier, in turns */
export async function measureUsers(seconds: number, rounds: number): Promise<UsersBench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-'));
  const log = createLogger({ level: 'error' });
  const stores = await startLocalStores({ dir, only: ['redis'], durable: false, log });
  const url = stores.environment.REDIS_URL ?? '';
  const redis = openRedis({ url, secrets: ['bench'.repeat(10)], timeoutMs: 10_000, log });
  const admin = new Client(url);
  try {
    const handlesOf = (tier: Tier, tenants: number) =>
      Array.from({ length: tenants }, () => redis.forTenant(contextOf(tier)));
    const first: number[] = [];
    const bytesBefore = await memoryOf(admin);
    const many = handlesOf('ENTERPRISE', MANY);
    for (const handle of many) {
      const began = performance.now();
      await handle.get(ANSWER);
      first.push(performance.now() - began);
    }
    const bytes = ((await memoryOf(admin)) - bytesBefore) / MANY;
    const prices: UsersPrice[] = [];
    for (const tenants of [1, MANY]) {
      const sides = [
        { tier: 'STANDARD', handles: handlesOf('STANDARD', tenants), taken: [] },
        { tier: 'ENTERPRISE', handles: many.slice(0, tenants), taken: [] },
      ] satisfies Side[];
      prices.push(...(await measureInTurns(sides, stores.rows[0]?.pid ?? 0, seconds, rounds)));
    }
    return { prices, firstMs: median(first), bytes };
  } finally {
    admin.disconnect();
    await redis.close();
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Side {
  readonly tier: Tier;
  readonly handles: readonly TenantRedis[];
  readonly taken: Price[];
}

async function measureInTurns(
  sides: readonly Side[],
  pid: number,
  seconds: number,
  rounds: number,
): Promise<UsersPrice[]> {
  for (const { handles } of sides) for (const handle of handles) await handle.answers.stamp(THINGS);
  for (let round = 0; round < rounds; round += 1) {
    for (const { handles, taken } of sides) taken.push(await measure(handles, pid, seconds));
  }
  return sides.map(({ tier, handles, taken }) => ({ tenants: handles.length, tier, ...medians(taken) }));
}

type Price = Pick<UsersPrice, 'cpuMs' | 'serverCpuMs' | 'p50Ms'>;

async function measure(handles: readonly TenantRedis[], pid: number, seconds: number): Promise<Price> {
  let next = 0;
  const send = async (): Promise<void> => {
    next += 1;
    const handle = handles[next % handles.length];
    await handle?.consume(RATES);
    await handle?.answers.look([ANSWER], THINGS);
  };
  const before = cpuOfTree(pid);
  const target = { name: 'kept answers', send, cpuMs: async () => ownCpuMs() };
  const { cpuMsPerRequest, latencies }: Round = await runRound(target, seconds, AT_ONCE);
  const serverCpuMs = (cpuOfTree(pid) - before) / latencies.length;
  return { cpuMs: cpuMsPerRequest, serverCpuMs, p50Ms: percentile(latencies, 0.5) };
}

function medians(taken: readonly Price[]): Price {
  const of = (value: (price: Price) => number): number => median(taken.map(value));
  return {
    cpuMs: of(({ cpuMs }) => cpuMs),
    serverCpuMs: of(({ serverCpuMs }) => serverCpuMs),
    p50Ms: of(({ p50Ms }) => p50Ms),
  };
}

async function memoryOf(admin: Client): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await admin.info('memory'))?.[1]);
}

const contextOf = (tier: Tier) =>
  dangerouslyMintTenantContext({
    ...{ tenantId: randomUUID(), tier, roles: [], scopes: [] },
    principal: { kind: 'service', id: 'bench' },
  });

const MANY = 64;
const AT_ONCE = 10;
const ANSWER = { area: 'answer', parts: ['newest'] };
const THINGS = ['*', 'Content', 'Content/1', 'Content/2'];
/** As the gateway takes them: of the principal, the tenant and the operation. */
const RATES = ['principal', 'tenant', 'operation'].map((part) => ({
  ...{ key: { area: 'rate', parts: [part] }, points: 1 },
  limit: { points: 1_000_000_000, seconds: 60 },
}));
