import { setMaxListeners } from 'node:events';

/**
 * Runs work under a time limit and, where given, the signal of what it is part
 * of. Rejects at once when either ends, whether or not the work listens. The
 * timer goes with the work: AbortSignal.timeout would keep each one, and what
 * hangs on it, until it fires.
 */
export async function withDeadline<T>(
  milliseconds: number,
  parent: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return underDeadline(milliseconds, parent, (signal) => run(signal()));
}

/** The same for work that may never ask for its signal, which costs more than all the rest of it. */
export async function underDeadline<T>(
  milliseconds: number,
  parent: AbortSignal | undefined,
  run: (signal: () => AbortSignal) => Promise<T>,
): Promise<T> {
  parent?.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    let controller: AbortController | undefined;
    const signal = (): AbortSignal => {
      if (!controller) {
        controller = new AbortController();
        // Each fetch of an operation listens to the operation's; many of them are no leak.
        setMaxListeners(0, controller.signal);
      }
      return controller.signal;
    };
    const end = (reason: unknown): void => {
      over();
      controller?.abort(reason);
      reject(reason);
    };
    const onParent = (): void => end(parent?.reason);
    const timer = setTimeout(() => end(new DeadlineError(milliseconds)), milliseconds);
    parent?.addEventListener('abort', onParent, { once: true });
    const over = (): void => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', onParent);
    };
    const work = async (): Promise<T> => run(signal);
    work().then(resolve, reject).finally(over);
  });
}

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`Not done within ${milliseconds} ms.`);
  }
}
