import type { TestTenant } from '#test/kit/tenants';
import type { Question, Reply } from './asking.ts';

/** Why an answer is wrong. */
export interface Verdict {
  readonly kind:
    | 'difference' // The victim's presence shows.
    | 'foreign' // A byte of another tenant.
    | 'internal' // A fault of ours, in whichever world.
    | 'changed'; // Something of another tenant is not what it was.
  readonly detail: string;
}

export interface OracleOptions {
  /** Everybody whose marks must not show. */
  readonly others: readonly TestTenant[];
  /** Set where the tenant has written: what each world makes of its own counts as equal. */
  readonly made?: Made;
  /** Texts that were sent before and may be read back in other forms. Absent for reads, which change nothing. */
  readonly sentBefore?: ReadonlySet<string>;
}

/** Moments, ids and tokens that a write makes anew, and the stores themselves: no two worlds make the same. */
export interface Made {
  /** Moments from then on, in milliseconds. */
  readonly since: number;
  /** Every id that was there before: it stands for itself. */
  readonly known: ReadonlySet<string>;
}

/** Compares what two worlds answered to one question. @returns undefined where nothing is wrong */
export function judge(question: Question, inhabited: Reply, alone: Reply, options: OracleOptions): Verdict | undefined {
  return (
    judgeAlone(question, inhabited, options) ??
    (FAULT.test(alone.text) ? { kind: 'internal', detail: alone.text } : undefined) ??
    differenceOf(inhabited, alone, options.made)
  );
}

/** What can be seen of one answer without another to compare it with. */
export function judgeAlone(question: Question, reply: Reply, options: OracleOptions): Verdict | undefined {
  const foreign = foreignIn(question, reply, options);
  if (foreign) return { kind: 'foreign', detail: foreign };
  return FAULT.test(reply.text) ? { kind: 'internal', detail: reply.text } : undefined;
}

/** A store or a machine that was too busy, which says nothing about tenants: worth asking again. */
export const isTransient = ({ text }: Reply): boolean => TRANSIENT.test(text);

function differenceOf(a: Reply, b: Reply, made: Made | undefined): Verdict | undefined {
  if (a.status !== b.status) return { kind: 'difference', detail: `status ${a.status} beside ${b.status}` };
  if (a.headers !== b.headers) return { kind: 'difference', detail: `${a.headers}\nbeside\n${b.headers}` };
  const [first, second] = [a, b].map(({ text }) => text) as [string, string];
  if (first === second) return undefined;
  const [own, other] = [first, second].map((text) => withoutMade(sorted(text), made)) as [string, string];
  return own === other ? undefined : { kind: 'difference', detail: aroundDifference(own, other) };
}

function aroundDifference(a: string, b: string): string {
  const at = [...a].findIndex((character, index) => character !== b[index]);
  const start = Math.max(0, at - 400);
  return `${a.slice(start, at + 400)}\n\nbeside\n\n${b.slice(start, at + 400)}`;
}

/** Ids are numbered as they come up, so that one that is repeated still is the same one. */
function withoutMade(text: string, made: Made | undefined): string {
  if (!made) return text;
  const numbers = new Map<string, number>();
  return text
    .replace(CURSOR, (_whole, code: string) => cursorWithoutMade(code, made))
    .replace(TOKEN, 'token')
    .replace(MOMENT, (found) => (Date.parse(found) >= made.since ? 'now' : found))
    .replace(ID, (found) => {
      if (made.known.has(found)) return found;
      numbers.set(found, numbers.get(found) ?? numbers.size + 1);
      return `made-${numbers.get(found)}`;
    });
}

/** A cursor holds moments as milliseconds. */
const cursorWithoutMade = (code: string, { since }: Made): string =>
  Buffer.from(code, 'base64url')
    .toString('utf8')
    .replace(/\b\d{13}\b/g, (found) => (Number(found) >= since ? 'now' : found));

/**
 * Fields fail side by side, so the order of errors is that of the clock; and loads of
 * side by side fields are one statement or two, by who was quicker, which subgraphs count.
 */
function sorted(text: string): string {
  const { errors = [], extensions, ...rest } = JSON.parse(text) as { errors?: unknown[]; extensions?: object };
  const told = { ...extensions, storeQueries: undefined };
  return JSON.stringify([rest, told, errors.map((error) => JSON.stringify(error)).sort()]);
}

/** @returns the first text that holds a mark of another tenant and is not what the caller sent itself */
function foreignIn(question: Question, { text, headers }: Reply, options: OracleOptions): string | undefined {
  const marks = marksOf(options.others);
  if (!marks.any.test(text) && !marks.any.test(headers)) return undefined;
  if (marks.any.test(headers)) return headers;
  const sent = [...sentIn(question)].map((one) => one.toLowerCase()).sort((a, b) => b.length - a.length);
  const before = [...(options.sentBefore ?? [])];
  const explained = (one: string, isMessage: boolean): boolean => {
    if (!marks.any.test(one)) return true;
    if (marks.secret.test(one)) return false;
    // What was written comes back as a slug, a passage or a line of a comparison.
    const [mark = ''] = marks.any.exec(one) ?? [];
    if (options.sentBefore) return [...sent, ...before].some((given) => holds(given, mark));
    // A read repeats nothing but whole values, and messages say what they are about.
    if (!isMessage) return sent.includes(one.toLowerCase());
    return !marks.any.test(sent.reduce((left, given) => left.replaceAll(given, ''), one.toLowerCase()));
  };
  const { errors, ...rest } = JSON.parse(text) as { errors?: unknown };
  return textsOf(rest).find((one) => !explained(one, false)) ?? textsOf(errors).find((one) => !explained(one, true));
}

/** Every text that the question carries, as it is matched against answers. */
export function sentIn({ text, variables }: Question): Set<string> {
  const literals = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, literal]) => literal ?? '');
  return new Set([...literals, ...textsOf(variables)].filter((one) => one.length >= SHORTEST));
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}

const holds = (text: string, mark: string): boolean => text.toLowerCase().includes(mark.toLowerCase());

interface Marks {
  readonly any: RegExp;
  readonly secret: RegExp;
}

function marksOf(tenants: readonly TestTenant[]): Marks {
  const known = MARKS.get(tenants);
  if (known) return known;
  const made = {
    any: new RegExp(tenants.flatMap(({ id, canary, secret }) => [id, canary, secret]).join('|'), 'i'),
    secret: new RegExp(tenants.map(({ secret }) => secret).join('|'), 'i'),
  };
  MARKS.set(tenants, made);
  return made;
}

const MARKS = new WeakMap<readonly TestTenant[], Marks>();
const FAULT = /"code":"INTERNAL"/;
const TRANSIENT = /"code":"(TIMEOUT|STORE_UNAVAILABLE|SUBGRAPH_UNAVAILABLE|IDENTITY_UNAVAILABLE)"/;
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g;
/** A place in a list, which begins with `["` when it is decoded and holds the moment by which the list is ordered. */
const CURSOR = /"(Wy[\w-]+)"/g;
/**
 * What ends in 32 random bytes and was just made: an invitation or a key, which say what they are, and a code to join, which is
 * these bytes alone. Their last digit has two bits to spare, and no slug has capitals.
 */
const TOKEN = /p[a-z]_[0-9a-f-]+_[\w-]{43}(?=")|(?<=")(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{42}[AEIMQUYcgkosw048](?=")/g;
/** A UUID, a digest such as that of an entry of the audit, which holds its moment, or the prefix of an API key. */
export const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|\b[0-9a-f]{12}\b/g;
/** Shorter texts would explain too much. */
const SHORTEST = 8;
