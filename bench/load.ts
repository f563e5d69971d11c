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
  send(): Promise<void>;
  /** User and system time of every process of the target since it started, in milliseconds. */
  cpuMs(): Promise<number>;
}

/** Sends `requests` with `concurrency` of them under way at any time. */
export async function runRound(target: Target, requests: number, concurrency: number): Promise<Round> {
  const latencies: number[] = [];
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      await target.send();
      latencies.push(performance.now() - started);
    }
  };
  const cpuBefore = await target.cpuMs();
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  const cpuMsPerRequest = ((await target.cpuMs()) - cpuBefore) / requests;
  return { requests, latencies: latencies.sort((a, b) => a - b), seconds, cpuMsPerRequest };
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
