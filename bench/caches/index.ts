import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DEMO_FILE } from '#operations/demo/files';
import { createLogger } from '#platform/log';
import { type Example, loadExamples } from '#schema/examples';
import { startLocalStores } from '#stores/local/index';
import { openSecrets } from '#stores/local/secrets';
import { buildRoad, type Road } from '#test/kit/road';
import { type Round, runRound } from '../load.ts';
import { connect } from '../operations.ts';
import { type Measured, startServer } from '../process.ts';
import { UNLIMITED } from '../unlimited.ts';

/** What keeping answers gives: the same product over the same stores, with and without, in turns. */
export interface CacheBench {
  readonly rounds: readonly CachedRound[];
  /** With the cache, while Redis goes and comes back under load. */
  readonly outage: readonly OutageRound[];
}

export interface OutageRound {
  readonly redis: (typeof OUTAGE)[number];
  readonly round: Round;
  /** Answers that were not whole, or none. */
  readonly errors: number;
  readonly hitRatio: number | undefined;
}

/** What happens to Redis in each round: it goes, and comes back, when half of a round is over. */
const OUTAGE = ['there', 'goes', 'away', 'comes back', 'there again'] as const;

export interface CachedRound {
  readonly operation: string;
  readonly cache: 'on' | 'off';
  readonly round: Round;
  /** Answers of whole operations that were kept, by all looks; absent where nothing is kept. */
  readonly hitRatio: number | undefined;
}

export interface CacheBenchOptions {
  /** Of one round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Requests under way at a time. */
  readonly concurrency: number;
  readonly progress: (line: string) => void;
}

/** Any answer with an error ends it, but for those of the outage, which are counted. */
export async function runCacheBench(options: CacheBenchOptions): Promise<CacheBench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-'));
  const stores = await startLocalStores({ dir, log: createLogger({ level: 'error' }) });
  const redis = new URL(String(stores.environment.REDIS_URL));
  const road = await buildRoad(redis);
  await road.open();
  redis.port = String(road.port);
  const started: Measured[] = [];
  try {
    const secrets = await openSecrets(dir);
    const environment = {
      ...{ ...stores.environment, ...UNLIMITED, REDIS_URL: redis.href },
      POLYGRAPH_SECRETS: await secrets.get('master'),
    };
    for (const CACHE of ['on', 'off']) started.push(await startServer('polygraph', [dir], { ...environment, CACHE }));
    const [on, off] = started as [Measured, Measured];
    const token = await tokenIn(dir);
    const measured: CachedRound[] = [];
    for (const example of examples()) {
      for (let round = 0; round < options.rounds; round += 1) {
        for (const [cache, server] of [
          ['on', on],
          ['off', off],
        ] as const) {
          options.progress(`${example.name}, cache ${cache}`);
          measured.push({ operation: example.name, cache, ...(await measure(server, token, example, options)) });
        }
      }
    }
    const [example] = examples();
    if (!example) throw new Error('There is nothing to measure.');
    const outage: OutageRound[] = [];
    for (const redis of OUTAGE) {
      options.progress(`${example.name}, cache on, Redis: ${redis}`);
      const half = setTimeout(() => void turnOver(road, redis), options.seconds * 500);
      outage.push({ redis, ...(await measure(on, token, example, options, 'count errors')) });
      clearTimeout(half);
    }
    return { rounds: measured, outage };
  } finally {
    for (const server of started) await server.stop();
    await road.close();
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function turnOver(road: Road, redis: OutageRound['redis']): Promise<void> {
  if (redis === 'goes') await road.close();
  if (redis === 'comes back') await road.open();
}

async function measure(
  server: Measured,
  token: string,
  example: Example,
  { seconds, concurrency }: CacheBenchOptions,
  onError: 'stop' | 'count errors' = 'stop',
): Promise<{ round: Round; errors: number; hitRatio: number | undefined }> {
  const url = server.urls.gateway ?? '';
  const contender = { name: example.name, endpoint: `${url}/graphql`, processes: 1, usage: server.usage };
  const connection = connect(contender, token, example);
  try {
    await connection.send();
    const looked = await looksAt(url);
    let errors = 0;
    const send = (): Promise<unknown> =>
      connection.send().catch((error: unknown) => {
        if (onError === 'stop') throw error;
        errors += 1;
      });
    const target = {
      name: example.name,
      send: async () => void (await send()),
      cpuMs: async () => (await server.usage()).cpuMs,
    };
    const round = await runRound(target, seconds, concurrency);
    const now = await looksAt(url);
    const looks = now.all - looked.all;
    return { round, errors, hitRatio: looks > 0 ? (now.hits - looked.hits) / looks : undefined };
  } finally {
    await connection.close();
  }
}

async function looksAt(url: string): Promise<{ hits: number; all: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const looks = [...text.matchAll(/^polygraph_cache_looks_total\{what="operation",outcome="(\w+)"\} (\d+)/gm)];
  const sum = (wanted: (outcome: string) => boolean): number =>
    looks.reduce((total, [, outcome = '', count]) => total + (wanted(outcome) ? Number(count) : 0), 0);
  return { hits: sum((outcome) => outcome === 'hit' || outcome === 'stale'), all: sum(() => true) };
}

async function tokenIn(dir: string): Promise<string> {
  const demo = DEMO_FILE.parse(JSON.parse(await readFile(path.join(dir, 'demo.json'), 'utf8')));
  const token = demo.tenants.find(({ tier }) => tier === 'STANDARD')?.tokens.viewer;
  if (!token) throw new Error('The demo has no STANDARD tenant.');
  return token;
}

/** One that is kept as a whole, and one of which `views` may not be kept, so that only parts of it are. */
function examples(): readonly Example[] {
  const newest = loadExamples().find(({ name }) => name === '01-newest-published');
  if (!newest) throw new Error('There is no saved operation 01-newest-published.');
  const whole = { ...newest, name: 'kept as a whole', query: newest.query.replace(/^\s*views.*$/m, '') };
  return [whole, { ...newest, name: 'kept in parts' }];
}
