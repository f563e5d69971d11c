/** The end of some work, ahead of time. An AbortSignal costs more than a small fetch; this is a set of listeners. */
export interface Limit {
  /** Why the work is over; undefined while it may go on. */
  readonly reason: unknown;
  /** `listener.end` is called once, with the reason. */
  listen(listener: LimitListener): void;
  leave(listener: LimitListener): void;
}

export interface LimitListener {
  end(reason: unknown): void;
}

/**
 * Runs work under a time limit and, where given, the limit of what it is part
 * of. Rejects at once when either ends, whether or not the work listens. The
 * timer goes with the work: AbortSignal.timeout would keep each one, and what
 * hangs on it, until it fires.
 */
export function withDeadline<T>(
  milliseconds: number,
  parent: Limit | undefined,
  run: (limit: Limit) => Promise<T>,
): Promise<T> {
  if (parent?.reason !== undefined) return Promise.reject(parent.reason);
  return new Deadline<T>(milliseconds, parent).race(run);
}

/** A class, because there is one for every request and every fetch: closures would be made, and named, each time. */
class Deadline<T> implements Limit {
  reason: unknown;
  readonly #milliseconds: number;
  readonly #parent: Limit | undefined;
  #listeners: Set<LimitListener> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reject: ((reason: unknown) => void) | undefined;

  constructor(milliseconds: number, parent: Limit | undefined) {
    this.#milliseconds = milliseconds;
    this.#parent = parent;
  }

  race(run: (limit: Limit) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      this.#timer = setTimeout(expire, this.#milliseconds, this);
      this.#parent?.listen(this);
      run(this).then(
        (value) => {
          this.#over();
          resolve(value);
        },
        (error) => {
          this.#over();
          reject(error);
        },
      );
    });
  }

  listen(listener: LimitListener): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  leave(listener: LimitListener): void {
    this.#listeners?.delete(listener);
  }

  expire(): void {
    this.end(new DeadlineError(this.#milliseconds));
  }

  end(reason: unknown): void {
    this.#over();
    this.reason = reason;
    for (const listener of this.#listeners ?? []) listener.end(reason);
    this.#reject?.(reason);
  }

  #over(): void {
    clearTimeout(this.#timer);
    this.#parent?.leave(this);
  }
}

const expire = (deadline: { expire(): void }): void => deadline.expire();

/** Never ends; for work that nobody waits for with a watch. */
export const NO_LIMIT: Limit = { reason: undefined, listen: () => {}, leave: () => {} };

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`Not done within ${milliseconds} ms.`);
  }
}
