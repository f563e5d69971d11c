import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { benchWorld } from '#bench/execution-world';
import { median } from '#bench/load';
import { supergraphOf } from '#test/kit/federation';
import { keepAwake } from './awake.ts';
import {
  CONTENDERS,
  type Contender,
  type ContenderName,
  type Running,
  startContender,
  startProcess,
} from './contenders.ts';
import type { RequestBody, RoundOrder, RoundReport } from './servers/load.ts';

export interface GatewayBenchOptions {
  /** Of one round. */
  readonly seconds: number;
  /** Of each contender, in turns, for each operation and load. */
  readonly rounds: number;
  /** What is measured of each kind; all where absent. Vanilla always is, as the others are compared with it. */
  readonly only?: Only;
  /** No core sleeps during the rounds. */
  readonly awake?: boolean;
  readonly progress: (line: string) => void;
}

export interface Only {
  readonly contenders?: readonly string[] | undefined;
  readonly operations?: readonly string[] | undefined;
  readonly loads?: readonly string[] | undefined;
}

export const LOADS = {
  one: '1 connection',
  same: '50 connections, identical',
  distinct: '50 connections, distinct variables',
} as const;
export type LoadName = keyof typeof LOADS;

/** Medians of the rounds. Times in milliseconds, CPU by request. */
export interface Figures {
  readonly operation: string;
  readonly load: LoadName;
  readonly contender: ContenderName;
  readonly cpu: number;
  /** CPU of vanilla by this one's, of rounds that ran one after the other. */
  readonly cheaper: number;
  readonly p50: number;
  readonly p99: number;
}

export interface GatewayBench {
  readonly awake: boolean;
  readonly figures: readonly Figures[];
  readonly sizes: readonly {
    readonly operation: string;
    readonly answerBytes: number;
    readonly fetches: Readonly<Record<string, number>>;
  }[];
  readonly rssBytes: Readonly<Record<string, number>>;
}

/** The peers, with their hundreds of packages, are installed when they are measured and not with the product. */
export function installPeers(progress: (line: string) => void): void {
  const cwd = path.join(import.meta.dirname, 'peers');
  if (existsSync(path.join(cwd, 'node_modules', '@graphql-hive', 'gateway'))) return;
  progress('installing the other gateways, once');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, stdio: [0, 2, 2] });
  if (status !== 0) throw new Error('The other gateways could not be installed; npm says why above.');
}

/** Gateways side by side over the same subgraphs, in turns, so that a busy machine is busy for all of them. */
export async function benchGateways(options: GatewayBenchOptions): Promise<GatewayBench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-gateway-'));
  const processes: Running[] = [];
  try {
    const subgraphs = await startProcess('servers/subgraphs.ts');
    const load = await startProcess('servers/load.ts');
    processes.push(subgraphs, load);
    const places = subgraphs.said as Record<string, string>;
    const supergraph = path.join(dir, 'supergraph.graphql');
    await writeFile(supergraph, supergraphOf(benchWorld, places));
    const contenders: Contender[] = [];
    for (const name of Object.keys(CONTENDERS) as ContenderName[]) {
      if (name !== 'vanilla' && !isWanted(name, options.only?.contenders)) continue;
      options.progress(`starting ${name}`);
      const contender = await startContender(name, supergraph, places);
      contenders.push(contender);
      processes.push(contender);
    }
    if (options.awake) processes.push(...(await keepAwake()));
    return { awake: options.awake ?? false, ...(await measure({ contenders, subgraphs, load }, options)) };
  } finally {
    for (const one of processes) one.stop();
    await rm(dir, { recursive: true });
  }
}

const isWanted = (name: string, wanted: readonly string[] | undefined): boolean => wanted?.includes(name) ?? true;

/** Until a gateway has served some, its code is interpreted; how many seconds that takes, a busy machine decides. */
async function warmUp(load: Running, round: RoundOrder): Promise<void> {
  let requests = 0;
  for (let pass = 0; pass < MOST_PASSES && requests < WARM_REQUESTS; pass += 1) {
    requests += (await order(load, round)).requests;
  }
}

const WARM_REQUESTS = 2_000;
const WARM_SECONDS = 3;
const MOST_PASSES = 6;

interface Arena {
  readonly contenders: readonly Contender[];
  readonly subgraphs: Running;
  readonly load: Running;
}

async function measure(
  arena: Arena,
  { seconds, rounds, only = {}, progress }: GatewayBenchOptions,
): Promise<Omit<GatewayBench, 'awake'>> {
  const figures: Figures[] = [];
  const sizes: GatewayBench['sizes'][number][] = [];
  for (const [operation, query] of benchWorld.cases) {
    if (!isWanted(operation, only.operations)) continue;
    const bodyOf = (at: number): RequestBody => ({ query, variables: { at } });
    const bodies = Array.from({ length: 50 }, (_, at) => bodyOf(at + 1));
    progress(`${operation}: comparing answers`);
    sizes.push({
      operation,
      ...(await compare(
        arena,
        bodies.map((one) => JSON.stringify(one)),
      )),
    });
    const loads: Record<LoadName, Load> = {
      one: { bodies: [bodyOf(1)], fresh: true },
      same: { bodies: bodies.map(() => bodyOf(1)), fresh: false },
      distinct: { bodies, fresh: true },
    };
    for (const { url } of arena.contenders) {
      await warmUp(arena.load, { url, ...loads.distinct, seconds: WARM_SECONDS });
    }
    for (const [name, load] of Object.entries(loads) as [LoadName, Load][]) {
      if (!isWanted(name, only.loads)) continue;
      progress(`${operation}: ${LOADS[name]}`);
      const taken: Round[][] = [];
      for (let round = 0; round < rounds; round += 1) taken.push(await oneRound(arena, load, seconds));
      figures.push(...summary(taken, arena.contenders).map((one) => ({ operation, load: name, ...one })));
    }
  }
  return { figures, sizes, rssBytes: Object.fromEntries(arena.contenders.map((one) => [one.name, one.rssBytes()])) };
}

type Load = Pick<RoundOrder, 'bodies' | 'fresh'>;

interface Round extends RoundReport {
  readonly cpu: number;
}

async function oneRound({ contenders, load }: Arena, sent: Load, seconds: number): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const contender of contenders) {
    const before = contender.cpuMs();
    const report = await order(load, { url: contender.url, ...sent, seconds });
    if (report.failed) throw new Error(`${contender.name} failed under load: ${report.failed}`);
    rounds.push({ ...report, cpu: (contender.cpuMs() - before) / report.requests });
  }
  return rounds;
}

function summary(rounds: readonly Round[][], contenders: readonly Contender[]) {
  const vanilla = contenders.findIndex(({ name }) => name === 'vanilla');
  return contenders.map(({ name }, at) => ({
    contender: name,
    cpu: median(rounds.map((round) => round[at]?.cpu ?? Number.NaN)),
    cheaper: median(rounds.map((round) => (round[vanilla]?.cpu ?? Number.NaN) / (round[at]?.cpu ?? Number.NaN))),
    p50: median(rounds.map((round) => round[at]?.p50 ?? Number.NaN)),
    p99: median(rounds.map((round) => round[at]?.p99 ?? Number.NaN)),
  }));
}

/** Answers first: figures of gateways that say different things would mean nothing. */
async function compare({ contenders, subgraphs }: Arena, bodies: readonly string[]) {
  const fetches: Record<string, number> = {};
  let answerBytes = 0;
  for (const body of bodies) {
    const expected = await ask(contenders[0] as Contender, body);
    answerBytes = JSON.stringify(expected).length;
    for (const contender of contenders) {
      const before = await countOf(subgraphs);
      const answer = await ask(contender, body);
      fetches[contender.name] = (await countOf(subgraphs)) - before;
      if (!isDeepStrictEqual(answer, expected)) {
        throw new Error(`${contender.name} answers differently: ${JSON.stringify(answer).slice(0, 500)}`);
      }
    }
  }
  return { answerBytes, fetches };
}

async function ask({ url }: Contender, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return response.json();
}

async function order({ child }: Running, order: RoundOrder): Promise<RoundReport> {
  child.send(order);
  return ((await once(child, 'message')) as [RoundReport])[0];
}

async function countOf({ child }: Running): Promise<number> {
  child.send('count');
  return ((await once(child, 'message')) as [number])[0];
}
