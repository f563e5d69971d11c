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
  return new Deadline<T>(milliseconds, parent).race(run);
}

/** A class, because there is one for every fetch: closures would be made, and named, each time. */
class Deadline<T> {
  readonly #milliseconds: number;
  readonly #parent: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reject: (reason: unknown) => void = () => {};

  constructor(milliseconds: number, parent: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.#parent = parent;
  }

  race(run: (signal: () => AbortSignal) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      this.#timer = setTimeout(expire, this.#milliseconds, this);
      this.#parent?.addEventListener('abort', this, { once: true });
      this.#work(run).then(resolve, reject);
    });
  }

  async #work(run: (signal: () => AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await run(() => this.#signal());
    } finally {
      this.#over();
    }
  }

  #signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // Each fetch of an operation listens to the operation's; many of them are no leak.
      setMaxListeners(0, this.#controller.signal);
    }
    return this.#controller.signal;
  }

  /** The parent ended. */
  handleEvent(): void {
    this.end(this.#parent?.reason);
  }

  expire(): void {
    this.end(new DeadlineError(this.#milliseconds));
  }

  end(reason: unknown): void {
    this.#over();
    this.#controller?.abort(reason);
    this.#reject(reason);
  }

  #over(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener('abort', this);
  }
}

const expire = (deadline: { expire(): void }): void => deadline.expire();

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`Not done within ${milliseconds} ms.`);
  }
}
