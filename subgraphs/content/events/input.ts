import { z } from 'zod';
import { DAY_MS } from '#platform/durations';
import { PolygraphError } from '#platform/errors';
import type { FlatJson } from '#stores/mongo/index';
import type { EventFilter, RecordEventInput } from '../generated/resolvers.ts';
import { CONTENT_ID, checkInput, checkMoment, IDEMPOTENCY_KEY, SKEW_MS, wrongInput } from '../input.ts';
import { EVENT_DAYS } from '../limits.ts';

const scalar = z.union(
  [z.string(), z.number(), z.boolean(), z.null()],
  'has texts, numbers, booleans or null as values',
);
const Properties = z
  .record(
    z.string().regex(/^(?!\$)[^.\0]{1,64}$/, 'has keys of 1 to 64 characters, without dots or a leading `$`'),
    scalar,
  )
  .refine((properties) => Object.keys(properties).length <= 20, 'has at most 20 keys')
  .refine((properties) => Buffer.byteLength(JSON.stringify(properties)) <= 4_096, 'has at most 4 kB as JSON');

const Input = z.object({
  contentId: CONTENT_ID.nullish(),
  idempotencyKey: IDEMPOTENCY_KEY,
  value: z.number('is a finite number').nullish(),
});

export interface CheckedEvent {
  readonly contentId: string | undefined;
  readonly at: Date;
  readonly idempotencyKey: string;
  readonly value: number | undefined;
  readonly properties: FlatJson | undefined;
}

/** @throws PolygraphError BAD_USER_INPUT that says which part is wrong and what it should be */
export function checkEvent(input: RecordEventInput, now: Date): CheckedEvent {
  const { contentId, idempotencyKey, value } = checkInput(Input, input);
  const at = checkMoment(input.at, now);
  const properties = input.properties ?? undefined;
  return {
    contentId: contentId ?? undefined,
    at,
    idempotencyKey,
    value: value ?? undefined,
    properties: properties === undefined ? undefined : checkProperties(properties),
  };
}

export interface EventSpan {
  readonly gte: Date;
  readonly lt: Date;
}

/** The time that is looked through: bounded, whatever was asked for. */
export function spanOf(filter: EventFilter | null | undefined, now: Date): EventSpan {
  const lt = filter?.to ?? new Date(now.getTime() + SKEW_MS);
  const gte = filter?.from ?? new Date(lt.getTime() - EVENT_DAYS * DAY_MS);
  if (gte >= lt) throw wrongInput('`filter.from` has to be before `filter.to`.');
  if (lt.getTime() - gte.getTime() > EVENT_DAYS * DAY_MS + SKEW_MS) {
    throw new PolygraphError('LIMIT_EXCEEDED', `\`filter.from\` to \`filter.to\` spans at most ${EVENT_DAYS} days.`, {
      facts: { argument: 'filter', limit: EVENT_DAYS },
    });
  }
  return { gte, lt };
}

/** JSON.parse makes `__proto__` an own key, and zod's records drop it silently: it is refused before zod sees it. */
function checkProperties(properties: unknown): FlatJson {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    throw wrongInput('`properties` has to be a JSON object.');
  }
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    if (Object.hasOwn(properties, key)) throw wrongInput(`\`properties\` cannot have a key "${key}".`);
  }
  return checkInput(z.object({ properties: Properties }), { properties }).properties;
}
