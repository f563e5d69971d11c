import { z } from 'zod';
import { PolygraphError } from '#platform/errors';

/** @throws PolygraphError BAD_USER_INPUT that names the fields and what is wrong with them */
export function check<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `\`${path.join('.')}\` ${message}`);
  throw new PolygraphError('BAD_USER_INPUT', `${problems.slice(0, 5).join('; ')}.`, {
    facts: { fields: [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))] },
  });
}

/** Without the blanks around it; at most `max` characters. */
export const text = (max: number) =>
  z
    .string()
    .refine((value) => !value.includes('\0'), 'holds a NUL character')
    .transform((value) => value.trim())
    .pipe(z.string().max(max, `has at most ${max} characters`));

/** Each once. */
export const tags = z
  .array(text(60).pipe(z.string().min(1, 'is empty')))
  .max(20, 'holds at most 20')
  .transform((given) => [...new Set(given)]);

/** Absent and null both say: nothing given. */
export const optional = <Item extends z.ZodType>(item: Item) => item.nullish().transform((value) => value ?? undefined);

/** Without the keys that were not given: to Prisma `undefined` and absent are the same, to the compiler they are not. */
export function given<T extends object>(input: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
