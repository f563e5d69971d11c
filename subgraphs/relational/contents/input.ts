import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { sanitizeMarkdown } from '#platform/sanitize';
import type { CreateContentInput, UpdateContentInput } from '../generated/resolvers.ts';
import { check, optional, tags, text } from '../input.ts';

/** What a client wrote, checked and cleaned. A key that is absent stays as it is. */
export type CreateInput = z.output<typeof CREATE>;
export type UpdateInput = z.output<typeof UPDATE>;

/** @throws PolygraphError BAD_USER_INPUT or REQUEST_TOO_LARGE that names the field and the limit */
export function checkCreate(input: CreateContentInput, bodyLimit: number): CreateInput & { body: string } {
  return { ...check(CREATE, input), body: checkBody(input.body, bodyLimit) };
}

/** @throws as `checkCreate` */
export function checkUpdate(input: UpdateContentInput, bodyLimit: number): UpdateInput & { body?: string } {
  const checked = check(UPDATE, input);
  return typeof input.body === 'string' ? { ...checked, body: checkBody(input.body, bodyLimit) } : checked;
}

/** @returns the Markdown without what would run in a browser */
export function checkBody(body: string, limit: number): string {
  const bytes = Buffer.byteLength(body);
  if (bytes > limit) {
    throw new PolygraphError('REQUEST_TOO_LARGE', `\`body\` has ${bytes} bytes of UTF-8; the limit is ${limit}.`, {
      facts: { field: 'body', limit, given: bytes },
    });
  }
  if (body.includes('\0')) throw new PolygraphError('BAD_USER_INPUT', '`body` holds a NUL character; take it out.');
  return sanitizeMarkdown(body);
}

/** A title as part of an address; empty where none of it can stand in one. */
export function slugOf(title: string): string {
  const letters = title.normalize('NFKD').replace(/\p{M}+/gu, '');
  return letters
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 80)
    .replace(/^-+|-+$/g, '');
}

const words = (max: number) => text(max).pipe(z.string().min(1, 'is empty'));
const list = <Item extends z.ZodType>(item: Item, max: number) => z.array(item).max(max, `holds at most ${max}`);
const unique = (values: string[]): string[] => [...new Set(values)];

const SLUG = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,118}[a-z0-9])?$/, 'has 1 to 120 of a-z, 0-9 and inner hyphens');
const TITLE = text(300).pipe(z.string().min(1, 'has at least 1 character'));
const KEYWORDS = list(words(100), 50).transform(unique);
const TOPICS = list(
  z.object({
    name: words(100),
    relevance: z
      .number()
      .min(0, 'is from 0 to 1')
      .max(1, 'is from 0 to 1')
      .nullish()
      .transform((value) => value ?? 1),
  }),
  50,
);
const COMMON = {
  summary: text(2_000).nullish(),
  licence: text(200).nullish(),
  tags: optional(tags),
  topics: optional(TOPICS),
  keywords: optional(KEYWORDS),
};
const CREATE = z.object({ ...COMMON, title: TITLE, slug: optional(SLUG) });
const UPDATE = z.object({ ...COMMON, title: optional(TITLE), ifRevision: optional(z.number().int()) });
