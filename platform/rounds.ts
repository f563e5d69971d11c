import { setTimeout as sleep } from 'node:timers/promises';

export interface Rounds {
  start(): void;
  /** Waits for the round under way, though not for long: it may be in the middle of much. */
  stop(): Promise<void>;
}

/** Works at once and again so many milliseconds after it was done, until it is stopped. Keeps no process alive. */
export function createRounds(work: () => Promise<unknown>, intervalMs: number, patienceMs = 5_000): Rounds {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let round: Promise<unknown> = Promise.resolve();
  const loop = async (): Promise<void> => {
    round = work();
    await round;
    if (running) timer = setTimeout(() => void loop(), intervalMs).unref();
  };
  return {
    start() {
      if (running) return;
      running = true;
      void loop();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await Promise.race([Promise.allSettled([round]), sleep(patienceMs, undefined, { ref: false })]);
    },
  };
}
