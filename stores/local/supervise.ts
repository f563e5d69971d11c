import { setTimeout as sleep } from 'node:timers/promises';
import type { LaunchOptions, LocalStore, LocalStoreRow, RunningStore, StoreEnvironment } from './types.ts';

export interface SupervisedStore {
  readonly environment: StoreEnvironment;
  /** Of the process that runs now, or ran last. */
  row(): LocalStoreRow;
  /** Stops it for good. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Keeps a store running: when its process ends and nobody told it to, another
 * is started over the same data, on the same port, until one stays up. Whoever
 * uses the store finds it again by itself; what it had acknowledged is there.
 * @param pauseMs before the first try; doubles up to half a minute while the store does not stay up
 * @throws LocalStoreError where it does not start at first
 */
export async function superviseStore(
  store: LocalStore,
  options: LaunchOptions,
  pauseMs = 500,
): Promise<SupervisedStore> {
  const { log } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  let current = await launch(store, options);

  const startAgain = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const { running, since } = current;
      const how = await running.ended;
      if (signal.aborted) return;
      if (performance.now() - since > STEADY_MS) failures = 0;
      log.error({ store: store.name, how }, 'a local store ended by itself; it will be started again');
      for (let back = false; !back && !signal.aborted; failures += 1) {
        await sleep(Math.min(pauseMs * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {});
        back = await tryAgain();
      }
    }
  };

  const tryAgain = async (): Promise<boolean> => {
    if (signal.aborted) return false;
    try {
      current = await launch(store, { ...options, signal, keepPort: true });
      const { pid, address, startedInMs } = current.row;
      log.warn({ store: store.name, pid, address, startedInMs }, 'the local store answers again');
      return true;
    } catch (error) {
      if (!signal.aborted) log.error({ store: store.name, err: error }, 'the local store did not start; trying again');
      return false;
    }
  };

  const watch = startAgain();
  return {
    environment: current.running.environment,
    row: () => current.row,
    async stop() {
      stopping.abort();
      await current.running.stop();
      await watch;
      // A start that was under way when we were told to stop may have got through.
      await current.running.stop();
    },
  };
}

interface Launched {
  readonly running: RunningStore;
  readonly row: LocalStoreRow;
  /** performance.now() */
  readonly since: number;
}

async function launch(store: LocalStore, options: LaunchOptions): Promise<Launched> {
  const began = performance.now();
  const running = await store.launch(options);
  const since = performance.now();
  return { running, row: { ...running.row, startedInMs: Math.round(since - began) }, since };
}

/** A store that was up for so long is not one that fails at every start. */
const STEADY_MS = 60_000;
const LONGEST_PAUSE_MS = 30_000;
