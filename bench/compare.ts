import type { Example } from '#schema/examples';
import type { Contender, Contenders } from './contenders.ts';
import { median, percentile, type Round, runRound, type Target } from './load.ts';
import { type Connection, type Cost, compareAnswers, connect } from './operations.ts';

export interface Pace {
  /** Of one round. */
  readonly seconds: number;
  /** Of each contender, one after the other, for each operation and concurrency. */
  readonly rounds: number;
}

/** One operation at one concurrency, both contenders. */
export interface Comparison {
  readonly operation: string;
  readonly concurrency: number;
  readonly polygraph: Figures;
  readonly vanilla: Figures;
  /** CPU a request, Polygraph by vanilla: the median of rounds that ran one after the other. */
  readonly cpuRatio: number;
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
  const own = connect(contenders.polygraph, contenders.token, example);
  const theirs = connect(contenders.vanilla, contenders.token, example);
  try {
    const answerBytes = { polygraph: await own.send(), vanilla: await theirs.send() };
    const targets = [target(contenders.polygraph, own), target(contenders.vanilla, theirs)] as const;
    for (const one of targets) await runRound(one, Math.max(seconds, 2), 10);
    const comparisons: Comparison[] = [];
    for (const concurrency of [1, 10]) {
      progress(`${example.name}, ${concurrency} at a time`);
      const pairs: [Round, Round][] = [];
      for (let round = 0; round < rounds; round += 1) {
        pairs.push([
          await runRound(targets[0], seconds, concurrency),
          await runRound(targets[1], seconds, concurrency),
        ]);
      }
      comparisons.push({
        operation: example.name,
        concurrency,
        polygraph: figures(
          pairs.map(([a]) => a),
          cost.polygraph,
          answerBytes.polygraph,
        ),
        vanilla: figures(
          pairs.map(([, b]) => b),
          cost.vanilla,
          answerBytes.vanilla,
        ),
        cpuRatio: median(pairs.map(([a, b]) => a.cpuMsPerRequest / b.cpuMsPerRequest)),
      });
    }
    return comparisons;
  } finally {
    await Promise.all([own.close(), theirs.close()]);
  }
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
