import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { checkVariables } from '#platform/text';
import { type OffloadDesk, offloadWhole } from '#subgraphs/relational/memory/offloaded/write';
import { batches } from '../import/import.ts';
import { type Progress, SILENT } from '../import/progress.ts';

export interface ImportTextsOptions {
  readonly desk: OffloadDesk;
  readonly contextId: string;
  readonly texts: Iterable<ImportedText> | AsyncIterable<ImportedText>;
  /** How many there will be, for the progress shown. */
  readonly total: number;
  readonly label?: string;
  readonly progress?: Progress;
  /** Texts a transaction. */
  readonly batchSize?: number;
}

export interface ImportedText {
  /** Unique in the context: what is imported again under it is known, or replaced where it is another text. */
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

export interface TextCounts {
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
}

/**
 * Offloads texts, a batch a transaction. What is there already is left alone, so
 * an import can be run again, and one that was killed is completed by the next.
 */
export async function importTexts({
  desk,
  contextId,
  texts,
  total,
  label = 'texts',
  progress = SILENT,
  batchSize = 50,
}: ImportTextsOptions): Promise<TextCounts> {
  const counts = { CREATED: 0, REPLACED: 0, UNCHANGED: 0 };
  const step = progress.begin(label, total);
  for await (const batch of batches(texts, batchSize)) {
    // Of one key twice in a batch, the last is the one that would stay.
    const byKey = new Map(batch.map((one) => [one.key, one]));
    const given = [...byKey.values()].map(({ text, tags, ...facts }) => ({
      ...{ ...facts, contextId, tags: [...tags] },
      text: Buffer.from(text, 'utf8'),
    }));
    for (const { outcome } of await offloadWhole(desk, contextId, given, 'REPLACE')) counts[outcome] += 1;
    step.advance(batch.length);
  }
  const { CREATED: created, REPLACED: replaced, UNCHANGED: unchanged } = counts;
  step.end(`${created} new, ${replaced} changed, ${unchanged} unchanged`);
  return { created, replaced, unchanged };
}

/**
 * Lines of JSON, each `{"key", "title", "text", "tags"}`; without a key a line goes
 * by its number, without a title by its key. Lines that are none are told and passed over.
 * @param limit of one text, in bytes
 * @param onWrong is told the number of the line, from 1, and what is wrong with it
 */
export async function* readTextLines(
  file: string,
  limit: number,
  onWrong: (line: number, problem: string) => void,
): AsyncGenerator<ImportedText> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      const given: unknown = JSON.parse(line);
      checkVariables(given);
      const { key = `line ${number}`, title = key, text, tags } = LINE.parse(given);
      const bytes = Buffer.byteLength(text);
      if (bytes > limit) throw new RangeError(`\`text\` has ${bytes} bytes; the tenant's limit is ${limit}`);
      yield { key, title: title.slice(0, 300), text, tags };
    } catch (error) {
      onWrong(number, problemOf(error));
    }
  }
}

function problemOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `\`${path.join('.')}\` ${message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
}

const LINE = z.object({
  key: z.string().min(1).max(200).optional(),
  title: z.string().min(1).max(300).optional(),
  text: z.string().min(1),
  tags: z.array(z.string().min(1).max(60)).max(20).default([]),
});
