import type { Example } from '#schema/examples';
import { type Contender, type Contenders, SERVERS, type ServerName } from './contenders.ts';
import { median, percentile, type Round, runRound, type Target } from './load.ts';
import { type Connection, type Cost, compareAnswers, connect } from './operations.ts';

export interface Pace {
  /** Of one round. */
  readonly seconds: number;
  /** Of each contender, one after the other, for each operation and concurrency. */
  readonly rounds: number;
}

/** One operation at one concurrency. */
export interface Comparison {
  readonly operation: string;
  readonly concurrency: number;
  readonly figures: Readonly<Record<ServerName, Figures>>;
  /** CPU a request by that of vanilla: the median of rounds that ran one after the other. */
  readonly cpuRatio: Readonly<Record<ServerName, number>>;
}

/** Medians of the rounds; CPU and latencies in milliseconds. */
export interface Figures extends Cost {
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly answerBytes: number;
}

/** Answers first: figures of two servers that say different things would mean nothing. */
export async function compareOperation(
  contenders: Contenders,
  example: Example,
  { seconds, rounds }: Pace,
  progress: (line: string) => void,
): Promise<Comparison[]> {
  // The first request of a process plans, connects, and asks Neo4j for its version.
  await compareAnswers(contenders, example);
  const cost = await compareAnswers(contenders, example);
  const connections = SERVERS.map((name) => connect(contenders[name], contenders.token, example));
  try {
    const targets = SERVERS.map((name, at) => target(contenders[name], connections[at] as Connection));
    const answerBytes = await Promise.all(connections.map((connection) => connection.send()));
    for (const one of targets) await runRound(one, Math.max(seconds, 2), 10);
    const comparisons: Comparison[] = [];
    for (const concurrency of [1, 10]) {
      progress(`${example.name}, ${concurrency} at a time`);
      const taken: Round[][] = [];
      for (let round = 0; round < rounds; round += 1) {
        const turn: Round[] = [];
        for (const one of targets) turn.push(await runRound(one, seconds, concurrency));
        taken.push(turn);
      }
      comparisons.push({
        ...{ operation: example.name, concurrency },
        figures: byServer((name, at) => figures(column(taken, at), cost[name], answerBytes[at] ?? Number.NaN)),
        cpuRatio: byServer((_, at) => median(taken.map((turn) => cpuOf(turn[at]) / cpuOf(turn[VANILLA])))),
      });
    }
    return comparisons;
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

const VANILLA = SERVERS.indexOf('vanilla');
const cpuOf = (round: Round | undefined): number => round?.cpuMsPerRequest ?? Number.NaN;
const column = (taken: readonly Round[][], at: number): Round[] => taken.flatMap((turn) => turn[at] ?? []);

function byServer<T>(make: (name: ServerName, at: number) => T): Record<ServerName, T> {
  return Object.fromEntries(SERVERS.map((name, at) => [name, make(name, at)])) as Record<ServerName, T>;
}

function target({ name, usage }: Contender, connection: Connection): Target {
  return {
    name,
    send: async () => void (await connection.send()),
    cpuMs: async () => (await usage()).cpuMs,
  };
}

function figures(rounds: readonly Round[], cost: Cost, answerBytes: number): Figures {
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  return {
    ...cost,
    answerBytes,
    cpu: of(({ cpuMsPerRequest }) => cpuMsPerRequest),
    p50: of(({ latencies }) => percentile(latencies, 0.5)),
    p99: of(({ latencies }) => percentile(latencies, 0.99)),
    perSecond: of(({ requests, seconds }) => requests / seconds),
  };
}
