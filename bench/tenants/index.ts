import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { median, percentile, runRound } from '../load.ts';
import { ownCpuMs } from '../own-cpu.ts';
import { heldMemory } from './held-memory.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { privateMemoryOf } from './server-memory.ts';

export interface TenantsBenchOptions {
  /** Of one round. */
  readonly seconds: number;
  /** Of each installation, in turns. */
  readonly rounds: number;
  /** How many tenants there are, ascending. */
  readonly steps: Readonly<Record<'STANDARD' | 'PREMIUM', readonly number[]>>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What a request costs in an installation with many tenants, and by how much that differs from one with a single one. */
export interface Growth {
  readonly tier: string;
  readonly tenants: number;
  /** Whose requests: of twenty of them, or of each in turn. */
  readonly asked: 'some' | 'all';
  readonly p50: number;
  readonly p95: number;
  readonly pages: number;
  /** CPU of the process that serves and asks, in milliseconds a request. */
  readonly node: number;
  /** With many by with one: medians of rounds that ran one after the other. */
  readonly ratio: Readonly<Record<keyof Omit<Measured, 'p50'>, number>>;
}

/** Bytes for each tenant, of those that were made and then asked once. */
export interface TenantMemory {
  readonly tier: string;
  readonly tenants: number;
  /** Held by the process with the subgraph, which keeps a client of each. */
  readonly node: number;
  /** Of all processes of PostgreSQL, without what they share. */
  readonly postgres: number;
  readonly disk: number;
}

export interface TenantsBench {
  readonly growth: readonly Growth[];
  readonly memory: readonly TenantMemory[];
}

/** Asks for the same of each tenant while tenants become more, beside an installation that has one. */
export async function measureTenants({ steps, progress, signal, ...pace }: TenantsBenchOptions): Promise<TenantsBench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-tenants-'));
  const log = createLogger({ level: 'error' });
  const stores = await startLocalStores({ dir, only: ['postgres'], durable: false, log, signal });
  const [growth, memory]: [Growth[], TenantMemory[]] = [[], []];
  const open: Installation[] = [];
  try {
    const serverPid = stores.rows[0]?.pid ?? 0;
    for (const tier of ['STANDARD', 'PREMIUM'] as const) {
      const options = { url: stores.environment.DATABASE_URL ?? '', tier, secrets: SECRETS, log };
      const one = await makeInstallation({ ...options, name: `${tier.toLowerCase()}_one` });
      const many = await makeInstallation({ ...options, name: `${tier.toLowerCase()}_many` });
      open.push(one, many);
      await one.grow(1);
      // What the process takes for the first of all is not a tenant's.
      for (let times = 0; times < 300; times += 1) await one.ask(0);
      for (const tenants of steps[tier]) {
        signal.throwIfAborted();
        progress(`${tier}: ${tenants} tenants`);
        const taken = await growMeasured(many, tenants, serverPid);
        if (tenants > 1) memory.push({ tier, tenants, ...taken });
        for (const asked of ['some', 'all'] as const) {
          growth.push({ tier, tenants, asked, ...(await compare(one, many, asked, pace)) });
        }
      }
    }
    return { growth, memory };
  } finally {
    for (const installation of open) await installation.close();
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function growMeasured(many: Installation, tenants: number, serverPid: number) {
  const added = tenants - many.tenants();
  const disk = await many.bytes();
  await many.grow(tenants);
  const grown = await many.bytes();
  const [node, postgres] = [heldMemory(), privateMemoryOf(serverPid)];
  for (let tenant = tenants - added; tenant < tenants; tenant += 1) await many.ask(tenant);
  return {
    node: (heldMemory() - node) / added,
    postgres: (privateMemoryOf(serverPid) - postgres) / added,
    disk: (grown - disk) / added,
  };
}

type Pace = Pick<TenantsBenchOptions, 'seconds' | 'rounds'>;

async function compare(one: Installation, many: Installation, asked: Growth['asked'], { seconds, rounds }: Pace) {
  const pairs: { one: Measured; many: Measured }[] = [];
  const ofOne = { installation: one, ask: inTurn(one, asked) };
  const ofMany = { installation: many, ask: inTurn(many, asked) };
  for (let round = 0; round <= rounds; round += 1) {
    // Who comes first changes, so that what the machine does meanwhile favours neither.
    const [first, second] = round % 2 === 0 ? [ofOne, ofMany] : [ofMany, ofOne];
    const [a, b] = [await measure(first, seconds), await measure(second, seconds)];
    // The first pair warms up.
    if (round > 0) pairs.push(first === ofOne ? { one: a, many: b } : { one: b, many: a });
  }
  const ratioOf = (part: keyof Measured): number => median(pairs.map((pair) => pair.many[part] / pair.one[part]));
  const of = (part: keyof Measured): number => median(pairs.map((pair) => pair.many[part]));
  return {
    ...{ p50: of('p50'), p95: of('p95'), pages: of('pages'), node: of('node') },
    ratio: { p95: ratioOf('p95'), pages: ratioOf('pages'), server: ratioOf('server'), node: ratioOf('node') },
  };
}

/** Goes on where the round before ended, so that each tenant has its turn however short a round is. */
function inTurn(installation: Installation, asked: Growth['asked']): () => Promise<void> {
  const tenants = installation.tenants();
  const stride = asked === 'all' ? 1 : Math.max(1, Math.floor(tenants / SOME));
  let turn = 0;
  return () => {
    turn += 1;
    return installation.ask(asked === 'all' ? turn : (turn % SOME) * stride);
  };
}

interface Measured {
  readonly p50: number;
  readonly p95: number;
  readonly pages: number;
  /** Milliseconds that PostgreSQL worked for one request. */
  readonly server: number;
  readonly node: number;
}

interface Asked {
  readonly installation: Installation;
  readonly ask: () => Promise<void>;
}

async function measure({ installation, ask }: Asked, seconds: number): Promise<Measured> {
  await installation.serverCost();
  const { latencies, requests, cpuMsPerRequest } = await runRound(
    { name: 'tenants', send: ask, cpuMs: async () => ownCpuMs() },
    seconds,
    CONCURRENCY,
  );
  const { pages, milliseconds } = await installation.serverCost();
  return {
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    pages: pages / requests,
    server: milliseconds / requests,
    node: cpuMsPerRequest,
  };
}

const SOME = 20;
const CONCURRENCY = 4;
const SECRETS: [string, ...string[]] = ['a secret of a bench, of thirty-two characters or more'];
