import { z } from 'zod';
import { DAY_MS } from '#platform/durations';
import { PolygraphError } from '#platform/errors';
import { EVENT_DAYS } from './limits.ts';

/** @throws PolygraphError BAD_USER_INPUT that says which part is wrong and what it should be */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  throw wrongInput(`\`${String(issue?.path[0] ?? 'input')}\` ${reason ?? 'is not valid'}.`);
}

export const wrongInput = (message: string): PolygraphError => new PolygraphError('BAD_USER_INPUT', message);

export const IDEMPOTENCY_KEY = z
  .string()
  .regex(/^[\x21-\x7e]{8,128}$/, 'has 8 to 128 printable ASCII characters without spaces');
/** Any text: one that is no id names no document, which is said as of any other that is not there. */
export const CONTENT_ID = z.string().toLowerCase();
export const MODEL_NAME = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$/, 'has 1 to 100 letters, digits and . _ : / @ -');

/** A moment that something happened: now, or not long ago. */
export function checkMoment(at: Date | null | undefined, now: Date): Date {
  const moment = at ?? now;
  if (moment.getTime() > now.getTime() + SKEW_MS) throw wrongInput('`at` is in the future.');
  if (moment.getTime() < now.getTime() - EVENT_DAYS * DAY_MS) {
    throw wrongInput(`\`at\` is more than ${EVENT_DAYS} days ago.`);
  }
  return moment;
}

/** Difference of clocks that is forgiven. */
export const SKEW_MS = 5_000;
