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
  parent?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const onParent = (): void => controller.abort(parent?.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineError(milliseconds)), milliseconds);
  parent?.addEventListener('abort', onParent, { once: true });
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([run(signal), ended]);
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', onParent);
  }
}

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`Not done within ${milliseconds} ms.`);
  }
}
