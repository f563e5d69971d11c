import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DEMO_FILE } from '#operations/demo/files';
import { createLogger } from '#platform/log';
import type { Example } from '#schema/examples';
import { startLocalStores } from '#stores/local/index';
import { openSecrets } from '#stores/local/secrets';
import { median, runRound } from '../load.ts';
import { connect, measuredOperations } from '../operations.ts';
import { type Measured, startServer } from '../process.ts';
import { UNLIMITED_AND_UNCACHED } from '../unlimited.ts';
import { cpuOfTree } from './server-cpu.ts';
import { makeUnwalledCopy } from './unwalled-postgres.ts';

export interface WallsOptions {
  /** Of one round. */
  readonly seconds: number;
  /** Of each server, one after the other. */
  readonly rounds: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** CPU of one request in milliseconds: medians of the rounds. */
export interface Price {
  readonly operation: string;
  readonly standing: Cpu;
  readonly removed: Cpu;
  /** Standing by removed: medians of rounds that ran one after the other. */
  readonly ratio: Cpu;
}

/** Of the process with gateway and subgraphs, of all processes of PostgreSQL, and of both. */
export interface Cpu {
  readonly node: number;
  readonly postgres: number;
  readonly both: number;
}

/** What row-level security, assertions and the guard of Cypher cost: the same operations with and without, in turns. */
export async function measureWalls({ progress, signal, ...pace }: WallsOptions): Promise<readonly Price[]> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-walls-'));
  const stores = await startLocalStores({ dir, log: createLogger({ level: 'error' }), signal, progress });
  const servers: Measured[] = [];
  try {
    const secrets = await openSecrets(dir);
    const master = await secrets.get('master');
    const environment = { ...stores.environment, ...UNLIMITED_AND_UNCACHED, POLYGRAPH_SECRETS: master };
    progress('demo data');
    const product = await startServer('polygraph', [dir], environment);
    await product.stop();
    const demo = DEMO_FILE.parse(JSON.parse(await readFile(path.join(dir, 'demo.json'), 'utf8')));
    const tenant = demo.tenants.find(({ slug }) => slug === TENANT);
    if (!tenant) throw new Error(`The demo has no tenant ${TENANT}.`);
    const copy = await makeUnwalledCopy(stores.environment.DATABASE_URL ?? '', tenant.id);
    servers.push(await startServer('walls', [dir], environment));
    servers.push(await startServer('walls', [dir, copy], environment));
    const [standing, removed] = servers.map((server, at) => ({
      name: at === 0 ? 'with walls' : 'without walls',
      endpoint: `${server.urls.gateway}/graphql`,
      server,
    }));
    if (!standing || !removed) throw new Error('The servers did not start.');
    const postgresPid = stores.rows.find(({ store }) => store === 'postgres')?.pid ?? 0;
    const prices: Price[] = [];
    for (const example of measuredOperations()) {
      signal.throwIfAborted();
      progress(example.name);
      prices.push(await price(standing, removed, { example, token: tenant.tokens.viewer, postgresPid, ...pace }));
    }
    return prices;
  } finally {
    for (const server of servers) await server.stop();
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Side {
  readonly name: string;
  readonly endpoint: string;
  readonly server: Measured;
}

interface Job {
  readonly example: Example;
  readonly token: string;
  readonly postgresPid: number;
  readonly seconds: number;
  readonly rounds: number;
}

async function price(standing: Side, removed: Side, job: Job): Promise<Price> {
  const { example, token, rounds } = job;
  const [own, theirs] = await Promise.all(
    [standing, removed].map(({ endpoint }) => answerOf(endpoint, token, example)),
  );
  if (!isDeepStrictEqual(own, theirs)) {
    throw new Error(`${example.name} is answered differently:\n${JSON.stringify(own)}\n${JSON.stringify(theirs)}`);
  }
  for (const side of [standing, removed]) await measure(side, { ...job, seconds: Math.max(2, job.seconds) });
  const pairs: { a: Cpu; b: Cpu }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Who comes first changes, so that what the machine does meanwhile favours neither.
    const [first, second] = round % 2 === 0 ? [standing, removed] : [removed, standing];
    const [one, other] = [await measure(first, job), await measure(second, job)];
    pairs.push(round % 2 === 0 ? { a: one, b: other } : { a: other, b: one });
  }
  return {
    operation: example.name,
    standing: each((part) => median(pairs.map(({ a }) => a[part]))),
    removed: each((part) => median(pairs.map(({ b }) => b[part]))),
    ratio: each((part) => median(pairs.map(({ a, b }) => a[part] / b[part]))),
  };
}

async function measure(side: Side, { example, token, postgresPid, seconds }: Job): Promise<Cpu> {
  const connection = connect({ ...side, processes: 1, usage: side.server.usage }, token, example);
  try {
    const before = cpuOfTree(postgresPid);
    const { cpuMsPerRequest: node, requests } = await runRound(
      {
        name: side.name,
        send: async () => void (await connection.send()),
        cpuMs: async () => (await side.server.usage()).cpuMs,
      },
      seconds,
      CONCURRENCY,
    );
    const postgres = (cpuOfTree(postgresPid) - before) / requests;
    return { node, postgres, both: node + postgres };
  } finally {
    await connection.close();
  }
}

async function answerOf(endpoint: string, token: string, { query, variables }: Example): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

const each = (of: (part: keyof Cpu) => number): Cpu => ({
  node: of('node'),
  postgres: of('postgres'),
  both: of('both'),
});

const CONCURRENCY = 10;
/** A tenant that shares tables, as most do. */
const TENANT = 'acme';
