import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type IngestOptions, ingest } from '#gateway/delivery/ingestion/ingest';
import { readLines } from '#gateway/delivery/ingestion/lines';
import { PolygraphError } from '#platform/errors';

const linesOf = async (chunks: readonly string[], maxBytes = 10) => {
  const lines: (readonly [number: number, text: string | undefined])[] = [];
  const source = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const { number, bytes } of readLines(source, maxBytes)) lines.push([number, bytes?.toString()]);
  return lines;
};

describe('lines of a stream', () => {
  test('are the same wherever it is cut', async () => {
    const text = 'one\r\n\ntwo\nthree';
    const whole = await linesOf([text]);
    expect(whole).toEqual([
      [1, 'one'],
      [3, 'two'],
      [4, 'three'],
    ]);
    expect(await linesOf([...text])).toEqual(whole);
  });

  test('that are too long are told and not kept, however they arrive', async () => {
    const long = 'x'.repeat(11);
    expect(await linesOf([`${long}\n${'y'.repeat(10)}\n`])).toEqual([
      [1, undefined],
      [2, 'y'.repeat(10)],
    ]);
    expect(await linesOf([...`${long}\nok`])).toEqual([
      [1, undefined],
      [2, 'ok'],
    ]);
  });
});

const LIMITS = { maxLines: 6, maxLineBytes: 20, batch: 2 };
const RECORDED = { recorded: true, problem: null };
const run = async (text: string, options: Partial<IngestOptions> = {}) => {
  const record: IngestOptions['record'] = async (events) => events.map(() => RECORDED);
  const source = Readable.from([Buffer.from(text)]);
  const report = await ingest(source, { limits: LIMITS, check: () => {}, record, ...options });
  const lines = report.print().trim().split('\n');
  return { status: report.status, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

describe('an ingestion', () => {
  test('tells each line that failed, with its number and code, and counts the rest', async () => {
    const check = (event: unknown): void => {
      if (event === 4) throw new PolygraphError('BAD_USER_INPUT', 'No four.');
    };
    const outcomes = [RECORDED, { recorded: false, problem: null }];
    const { status, lines } = await run(`1\n{"a":\n"${'x'.repeat(30)}"\n4\n5\n`, {
      check,
      record: async () => outcomes,
    });
    expect(status).toBe(200);
    expect(lines).toMatchObject([
      { line: 2, code: 'BAD_USER_INPUT', message: 'The line is not JSON in UTF-8.' },
      { line: 3, code: 'REQUEST_TOO_LARGE' },
      { line: 4, code: 'BAD_USER_INPUT', message: 'No four.' },
      { summary: { lines: 5, recorded: 1, repeated: 1, failed: 3, complete: true } },
    ]);
  });

  test('ends where a batch cannot be recorded, and says from which line to send again', async () => {
    const record: IngestOptions['record'] = async (events) => {
      if (events.includes(3)) throw new PolygraphError('RATE_LIMITED', 'Wait.', { facts: { retryAfterSeconds: 7 } });
      return events.map(() => RECORDED);
    };
    const { status, lines } = await run('1\n2\n3\n4\n5\n', { record });
    expect(status).toBe(429);
    expect(lines).toMatchObject([
      { line: 3, code: 'RATE_LIMITED' },
      { summary: { recorded: 2, failed: 1, complete: false } },
    ]);
  });

  test('takes no more lines than it may', async () => {
    const { status, lines } = await run('1\n'.repeat(9));
    expect(status).toBe(400);
    expect(lines).toMatchObject([
      { line: 7, code: 'LIMIT_EXCEEDED', message: 'A request has at most 6 lines; send the rest in another.' },
      { summary: { recorded: 6, complete: false } },
    ]);
  });

  test('reads on only when what it has read is recorded', async () => {
    let taken = 0;
    let ahead = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (; taken < 6; taken += 1) yield Buffer.from('1\n');
    }
    const record: IngestOptions['record'] = async (events) => {
      ahead = Math.max(ahead, taken);
      await new Promise(setImmediate);
      expect(taken).toBe(ahead);
      return events.map(() => RECORDED);
    };
    await ingest(endless(), { limits: LIMITS, check: () => {}, record });
    expect(taken).toBe(6);
  });
});
