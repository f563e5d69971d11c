/** How the last calls went. */
export interface Meter {
  acquired(ms: number): void;
  note(ms: number, succeeded: boolean): void;
  read(): MeterReading;
}

export interface MeterReading {
  readonly averageMs: number;
  readonly p95Ms: number;
  readonly acquisitionMs: number;
  /** 1 where there was no call. */
  readonly successRate: number;
  /** Of the last minute. */
  readonly recentFailures: number;
}

export function createMeter({ size = 512, now = () => performance.now() } = {}): Meter {
  const [acquisitions, responses]: [number[], { ms: number; succeeded: boolean; at: number }[]] = [[], []];
  const keep = <T>(list: T[], item: T): void => {
    list.push(item);
    if (list.length > size) list.shift();
  };
  return {
    acquired: (ms) => keep(acquisitions, ms),
    note: (ms, succeeded) => keep(responses, { ms, succeeded, at: now() }),
    read() {
      const times = responses.map(({ ms }) => ms).sort((a, b) => a - b);
      return {
        averageMs: mean(times),
        p95Ms: times[Math.ceil(times.length * 0.95) - 1] ?? 0,
        acquisitionMs: mean(acquisitions),
        successRate: responses.length === 0 ? 1 : mean(responses.map(({ succeeded }) => Number(succeeded))),
        recentFailures: responses.filter(({ succeeded, at }) => !succeeded && now() - at < 60_000).length,
      };
    },
  };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
