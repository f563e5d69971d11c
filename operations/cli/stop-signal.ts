/**
 * Ctrl-C, SIGTERM, a closed terminal, or the end of the npm that started us, as
 * an AbortSignal. The second request to stop ends the process at once; the
 * reapers then end the stores.
 * @param onHangUp takes SIGHUP for something else than a closed terminal, as servers do to read their files again
 */
export function stopSignal({ onHangUp }: { onHangUp?: () => void } = {}): AbortSignal {
  const controller = new AbortController();
  const stop = (reason: string): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(reason);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  process.on('SIGHUP', onHangUp ?? stop);
  // After kill -9 of npm nobody would know of us any more.
  if (process.env.npm_lifecycle_event) whenOrphaned(() => stop('npm is gone'));
  return controller.signal;
}

/** Resolves when the signal is there. Something else must keep the process alive meanwhile. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function whenOrphaned(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, 500);
  timer.unref();
}
