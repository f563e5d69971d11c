import { ERRORS, type PolygraphError } from '#platform/errors';

/** What became of the lines of one request. */
export class IngestionReport {
  #lines = 0;
  #recorded = 0;
  #repeated = 0;
  readonly #failures: Failure[] = [];
  #stopped: PolygraphError | undefined;

  recorded(): void {
    this.#lines += 1;
    this.#recorded += 1;
  }

  repeated(): void {
    this.#lines += 1;
    this.#repeated += 1;
  }

  failed(line: number, code: string, message: string): void {
    this.#lines += 1;
    this.#failures.push({ line, code, message: message.slice(0, MESSAGE_LENGTH) });
  }

  /** Nothing behind this line was looked at. */
  stopped(line: number, error: PolygraphError): void {
    this.#stopped = error;
    this.failed(line, error.code, error.message);
  }

  /** That of what stopped it; where all lines were looked at, 200. */
  get status(): number {
    return this.#stopped ? ERRORS[this.#stopped.code].status : 200;
  }

  get retryAfterSeconds(): number | undefined {
    const seconds = this.#stopped?.extensions.retryAfterSeconds;
    return typeof seconds === 'number' ? seconds : undefined;
  }

  /** A line of JSON for each line that failed, in their order, and the counts as the last. */
  print(): string {
    const failures = this.#failures.sort((a, b) => a.line - b.line);
    const summary = {
      lines: this.#lines,
      recorded: this.#recorded,
      repeated: this.#repeated,
      failed: failures.length,
      complete: !this.#stopped,
    };
    return [...failures, { summary }].map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

interface Failure {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** A message may repeat what it was given. */
const MESSAGE_LENGTH = 300;
