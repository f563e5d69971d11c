/** One round of requests against one server. */
export interface Round {
  readonly requests: number;
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
  readonly seconds: number;
  /** CPU of the server's processes, user and system, in milliseconds a request. */
  readonly cpuMsPerRequest: number;
}

export interface Target {
  readonly name: string;
  /** Rejects where the answer is not the expected one. */
  send(): Promise<void>;
  /** User and system time of every process of the target since it started, in milliseconds. */
  cpuMs(): Promise<number>;
}

/** Keeps `concurrency` requests under way until the time is over, then waits for the last ones. */
export async function runRound(target: Target, seconds: number, concurrency: number): Promise<Round> {
  const latencies: number[] = [];
  const cpuBefore = await target.cpuMs();
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1000) {
      const started = performance.now();
      await target.send();
      latencies.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const took = (performance.now() - began) / 1000;
  const cpuMsPerRequest = ((await target.cpuMs()) - cpuBefore) / latencies.length;
  return { requests: latencies.length, latencies: latencies.sort((a, b) => a - b), seconds: took, cpuMsPerRequest };
}

/** @param sorted ascending @param share 0 to 1 */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
