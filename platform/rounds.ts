export interface Rounds {
  start(): void;
  stop(): void;
}

/** Works at once and again so many milliseconds after it was done, until it is stopped. Keeps no process alive. */
export function createRounds(work: () => Promise<unknown>, intervalMs: number): Rounds {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  const loop = async (): Promise<void> => {
    await work();
    if (running) timer = setTimeout(() => void loop(), intervalMs).unref();
  };
  return {
    start() {
      if (running) return;
      running = true;
      void loop();
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
  };
}
