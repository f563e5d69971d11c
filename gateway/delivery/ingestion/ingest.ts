import { findPolygraphError, PolygraphError } from '#platform/errors';
import { type Line, readLines } from './lines.ts';
import { IngestionReport } from './report.ts';

export interface IngestOptions {
  readonly limits: IngestionLimits;
  /** @throws PolygraphError that says what is wrong with one event */
  check(event: unknown): void;
  /** Records what was checked, in one go; answers in its order. @throws PolygraphError where none can be recorded now */
  record(events: readonly unknown[]): Promise<readonly EventOutcome[]>;
}

export interface IngestionLimits {
  readonly maxLines: number;
  /** Bytes of one line. */
  readonly maxLineBytes: number;
  /** Events recorded in one go. */
  readonly batch: number;
}

export interface EventOutcome {
  readonly recorded: boolean;
  readonly problem: { readonly code: string; readonly message: string } | null;
}

/**
 * Records a stream of events, a batch at a time: the next is read when the one before it was recorded, so that a sender
 * is never faster than the store. What is wrong with one line keeps back no other; what keeps back a whole batch ends it,
 * and the sender sends again from there: what was recorded is not recorded twice.
 */
export async function ingest(
  source: AsyncIterable<Buffer>,
  { limits, check, record }: IngestOptions,
): Promise<IngestionReport> {
  const report = new IngestionReport();
  let waiting: Checked[] = [];

  /** @returns whether to go on */
  const flush = async (): Promise<boolean> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return true;
    try {
      const outcomes = await record(batch.map(({ event }) => event));
      for (const [at, { line }] of batch.entries()) settle(report, line, outcomes[at]);
      return true;
    } catch (error) {
      const own = findPolygraphError(error);
      if (!own) throw error;
      report.stopped(batch[0]?.line ?? 0, own);
      return false;
    }
  };

  for await (const line of readLines(source, limits.maxLineBytes)) {
    if (line.number > limits.maxLines) {
      if (await flush()) report.stopped(line.number, tooManyLines(limits));
      return report;
    }
    const event = readEvent(line, limits, check);
    if (event instanceof PolygraphError) report.failed(line.number, event.code, event.message);
    else waiting.push({ line: line.number, event });
    if (waiting.length >= limits.batch && !(await flush())) return report;
  }
  await flush();
  return report;
}

interface Checked {
  readonly line: number;
  readonly event: unknown;
}

function readEvent({ bytes }: Line, { maxLineBytes }: IngestionLimits, check: IngestOptions['check']): unknown {
  if (!bytes) {
    return new PolygraphError('REQUEST_TOO_LARGE', `A line has at most ${maxLineBytes} bytes.`);
  }
  try {
    const event: unknown = JSON.parse(UTF8.decode(bytes));
    check(event);
    return event;
  } catch (error) {
    return findPolygraphError(error) ?? new PolygraphError('BAD_USER_INPUT', 'The line is not JSON in UTF-8.');
  }
}

function settle(report: IngestionReport, line: number, outcome: EventOutcome | undefined): void {
  if (outcome?.problem) report.failed(line, outcome.problem.code, outcome.problem.message);
  else if (outcome?.recorded) report.recorded();
  else report.repeated();
}

const tooManyLines = ({ maxLines }: IngestionLimits): PolygraphError =>
  new PolygraphError('LIMIT_EXCEEDED', `A request has at most ${maxLines} lines; send the rest in another.`);

const UTF8 = new TextDecoder('utf-8', { fatal: true });
