import { PolygraphError } from '#platform/errors';
import { UUID } from '#platform/uuid';
import { type CollectionSpec, type FieldKind, type FieldSpec, isWordKind, type PlainKind, WORDS } from './spec.ts';

/** The longest text a filter compares with: keys and hashes, never bodies. */
const FILTER_TEXT = 1_024;

/**
 * A field by name. A name comes from our own code, so a wrong one is our
 * mistake; it is refused at run time too, because a cast could carry input here.
 * @throws TypeError for `tenantId`, `_id`, `$where`, `a.b` and everything else that the collection does not list
 */
export function fieldOf(spec: CollectionSpec, name: string): FieldSpec {
  const field = Object.hasOwn(spec.fields, name) ? spec.fields[name] : undefined;
  if (!field) throw new TypeError(`${JSON.stringify(name)} is not a field that callers of this collection can name.`);
  return field;
}

/**
 * A value that a document may hold in this field. Objects with operators, class
 * instances and look-alikes never pass, whatever the caller's types claimed.
 * @throws PolygraphError BAD_USER_INPUT
 */
export function storedValue(name: string, { kind }: FieldSpec, value: unknown): unknown {
  if (kind === 'json') return flatJson(name, value);
  if (!isOfKind(kind, value)) throw wrongKind(name, kind);
  return value;
}

/** A value to compare a field with: a scalar of the field's own kind. @throws PolygraphError BAD_USER_INPUT */
export function comparedValue(name: string, { kind }: FieldSpec, value: unknown): unknown {
  if (kind === 'json' || kind === 'bytes') throw new TypeError(`${name} holds what filters do not look into.`);
  if (!isOfKind(kind, value)) throw wrongKind(name, kind);
  if (typeof value === 'string' && value.length > FILTER_TEXT) {
    throw new PolygraphError('LIMIT_EXCEEDED', `\`${name}\` is compared with at most ${FILTER_TEXT} characters.`);
  }
  return value;
}

/** Own enumerable entries of a plain object; a Map, an array, a proxy of a class or a prototype trick is refused. */
export function plainEntries(what: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || !isPlain(value)) {
    throw new TypeError(`${what} is a plain object.`);
  }
  return Object.entries(value);
}

const IS_KIND: Record<Exclude<PlainKind, 'json'>, (value: unknown) => boolean> = {
  uuid: (value) => typeof value === 'string' && UUID.test(value),
  text: (value) => typeof value === 'string',
  day: (value) => typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`)),
  hour: (value) => typeof value === 'string' && HOUR.test(value) && !Number.isNaN(Date.parse(`${value}:00:00Z`)),
  int: (value) => Number.isSafeInteger(value),
  number: (value) => Number.isFinite(value),
  date: (value) => value instanceof Date && Object.getPrototypeOf(value) === Date.prototype && !Number.isNaN(+value),
  bytes: (value) => value instanceof Uint8Array,
};

function isOfKind(kind: Exclude<FieldKind, 'json'>, value: unknown): boolean {
  if (!isWordKind(kind)) return IS_KIND[kind](value);
  const words: readonly unknown[] = WORDS[kind];
  return words.includes(value);
}

const LABELS: Record<PlainKind, string> = {
  uuid: 'a UUID in lower case',
  text: 'a text',
  day: 'a day such as 2026-01-31',
  hour: 'an hour such as 2026-01-31T13',
  int: 'a whole number',
  number: 'a number',
  date: 'a date',
  json: 'a flat JSON object',
  bytes: 'bytes',
};

const labelOf = (kind: FieldKind): string => (isWordKind(kind) ? `one of ${WORDS[kind].join(', ')}` : LABELS[kind]);

/** Keys that MongoDB or JavaScript would read as something else than data. */
const UNSAFE_KEY = /^\$|\.|\0|^__proto__$|^constructor$|^prototype$|^$/;

function flatJson(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !isPlain(value)) throw wrongKind(name, 'json');
  for (const [key, entry] of Object.entries(value)) {
    if (UNSAFE_KEY.test(key)) {
      throw new PolygraphError('BAD_USER_INPUT', `\`${name}\` cannot have a key ${JSON.stringify(key.slice(0, 40))}.`);
    }
    const scalar = entry === null || typeof entry === 'string' || typeof entry === 'boolean' || Number.isFinite(entry);
    if (!scalar) {
      throw new PolygraphError('BAD_USER_INPUT', `Values of \`${name}\` are texts, numbers, booleans or null.`);
    }
  }
  return { ...value };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const wrongKind = (name: string, kind: FieldKind): PolygraphError =>
  new PolygraphError('BAD_USER_INPUT', `\`${name}\` has to be ${labelOf(kind)}.`);

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/;
