import { ownCpuMs } from '../own-cpu.ts';
/** What a measured process tells its parent when it is asked. */
export interface Usage {
  /** User and system time since the process began. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Statements sent to all stores, and fetches from subgraphs, since the process began; where it counts them. */
  readonly storeQueries: number;
  readonly fetches: number;
}

/** What a process says once it serves. */
export interface Ready {
  readonly urls: Readonly<Record<string, string>>;
}

export interface Counts {
  storeQueries: number;
  fetches: number;
}

/**
 * Tells the parent that this process serves, answers its questions about usage,
 * and ends when it is told to or when the parent is gone.
 */
export function serveParent(ready: Ready, stop: () => Promise<void>, counts?: Counts): void {
  const end = (): void => {
    setTimeout(() => process.exit(1), 15_000).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('message', (question) => {
    if (question === 'stop') end();
    else process.send?.(usage(counts));
  });
  process.once('disconnect', end);
  process.send?.(ready);
}

function usage({ storeQueries, fetches }: Counts = { storeQueries: 0, fetches: 0 }): Usage {
  return { cpuMs: ownCpuMs(), rssBytes: process.memoryUsage.rss(), storeQueries, fetches };
}
