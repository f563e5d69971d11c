import type { Dispatcher } from 'undici';
import type { Limit, LimitListener } from './deadline.ts';

export interface ExchangeOptions {
  resolve: (text: string) => void;
  reject: (error: unknown) => void;
  limit: Limit;
}

/**
 * One request and its answer as text. It sits directly on undici's dispatcher:
 * streams, promises and signals around it cost more than what they carry here.
 */
export class Exchange implements Dispatcher.DispatchHandler, LimitListener {
  readonly #options: ExchangeOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    options.limit.listen(this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    const { reason } = this.#options.limit;
    if (reason !== undefined) controller.abort(asError(reason));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#first) this.#first = chunk;
    else if (this.#rest) this.#rest.push(chunk);
    else this.#rest = [this.#first, chunk];
  }

  onResponseEnd(): void {
    this.#options.limit.leave(this);
    const bytes = this.#rest ? Buffer.concat(this.#rest) : this.#first;
    if (bytes) this.#options.resolve(bytes.toString('utf8'));
    else this.#options.reject(new Error(`The subgraph answered ${this.#status} and nothing else.`));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#options.limit.leave(this);
    this.#options.reject(error);
  }

  /** Nobody waits any more: the connection is given up, as its answer may come whenever it likes. */
  end(reason: unknown): void {
    this.#controller?.abort(asError(reason));
    this.#options.reject(reason);
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
