import type { Document, Filter as DriverFilter } from 'mongodb';
import { PolygraphError } from '#platform/errors';
import type { CollectionSpec } from './documents.ts';
import { idsOf } from './point-lookup.ts';
import { comparedValue, fieldOf, plainEntries } from './values.ts';

/**
 * THE wall in MongoDB: it has no row-level security, so every statement's
 * predicate is written here and nowhere else.
 *
 * Threat: a caller passes what a client sent (`{"$ne": null}`, `{"$or": ...}`,
 * `$where`) where a value was meant. Deny-lists of operators have failed for
 * others again and again, so nothing a caller gives is ever passed through: a
 * condition is one that a function below made, a field is one that the
 * collection lists, and a value is a scalar of the field's kind, which no server
 * can read as an operator, behind an operator that we wrote or by itself.
 */
export type Where<D> = { readonly [F in keyof D]?: Condition<NonNullable<D[F]>> };

/** One comparison. Only the functions of this module make one; a look-alike is refused. */
export interface Condition<V> {
  readonly [compares]?: V;
}

export function eq<const V>(value: V): Condition<V> {
  return make({ $eq: value });
}

/** Matches nothing where the list is empty. */
export function oneOf<const V>(values: readonly V[]): Condition<V> {
  return make({ $in: values });
}

export function range<V>(bounds: Bounds<V>): Condition<V> {
  const { gte, gt, lt } = bounds;
  const given = Object.entries({ $gte: gte, $gt: gt, $lt: lt }).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw new TypeError('A range has at least one bound.');
  return make(Object.fromEntries(given));
}

export function exists(present: boolean): Condition<never> {
  return make({ $exists: present === true });
}

/**
 * There is no `lte`: where more fields follow in the index, SecantusDB 0.7.0b3 leaves out what equals the bound.
 * Days and moments have a next one to stay below.
 */
export interface Bounds<V> {
  readonly gte?: V | undefined;
  readonly gt?: V | undefined;
  readonly lt?: V | undefined;
}

/** Field and direction, most significant first. */
export type Sort<D> = readonly (readonly [keyof D & string, 1 | -1])[];

/** The longest list that one filter compares a field with. */
export const MAX_VALUES = 1_000;

/**
 * The driver's filter for one tenant. The tenant stands at the top level, in
 * AND with all else, and is written last: nothing before it can name or undo it.
 */
export function compileFilter(spec: CollectionSpec, tenantId: string, where: object, keyset?: Keyset): TenantFilter {
  const filter: Document = {};
  for (const [name, condition] of plainEntries('A filter', where)) {
    if (condition !== undefined) filter[name] = compileCondition(spec, name, condition);
  }
  if (keyset) filter.$or = compileKeyset(spec, keyset);
  // A string can be no operator, and a context holds nothing else.
  if (typeof tenantId !== 'string') throw new TypeError('A tenant id is a string.');
  const ids = idsOf(spec, tenantId, filter);
  // First, because SecantusDB follows the first condition that has an index.
  return { ...(ids && { _id: { $in: [...ids] } }), ...filter, tenantId };
}

/** What compileFilter made; the collection handle takes nothing else. */
export type TenantFilter = DriverFilter<StoredDocument> & { readonly tenantId: string };

/** What every document of every collection carries besides its fields. */
export interface StoredDocument extends Document {
  _id: string;
  tenantId: string;
}

/** A place in a sorted list: rows strictly behind it are wanted. `values` belong to the fields of `sort`. */
export interface Keyset {
  readonly sort: readonly (readonly [string, 1 | -1])[];
  readonly values: readonly unknown[];
}

declare const compares: unique symbol;
const made = new WeakMap<object, Readonly<Record<string, unknown>>>();

function make<V>(operators: Record<string, unknown>): Condition<V> {
  const condition = Object.freeze({});
  made.set(condition, Object.freeze(operators));
  return condition;
}

/** @returns operators with their values or, for equality, the scalar alone: behind `$eq` SecantusDB loses indexes of several fields */
function compileCondition(spec: CollectionSpec, name: string, condition: unknown): unknown {
  const field = fieldOf(spec, name);
  const operators = typeof condition === 'object' && condition !== null ? made.get(condition) : undefined;
  if (!operators) throw new TypeError(`The condition on ${name} was not made by eq, oneOf, range or exists.`);
  if ('$eq' in operators) return comparedValue(name, field, operators.$eq);
  const compiled: Document = {};
  for (const [operator, value] of Object.entries(operators)) {
    if (operator === '$exists') compiled.$exists = value === true;
    else if (operator === '$in') compiled.$in = listOf(name, value).map((item) => comparedValue(name, field, item));
    else compiled[operator] = comparedValue(name, field, value);
  }
  return compiled;
}

function listOf(name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`The values for ${name} are a list.`);
  if (value.length > MAX_VALUES) {
    throw new PolygraphError('LIMIT_EXCEEDED', `\`${name}\` is compared with at most ${MAX_VALUES} values at once.`);
  }
  return Array.from(value);
}

/** (a, b) behind (x, y)  ⇔  a > x  or  a = x and b > y, each in the direction of its sort. */
function compileKeyset(spec: CollectionSpec, { sort, values }: Keyset): Document[] {
  if (sort.length === 0 || sort.length !== values.length) throw new TypeError('A keyset has one value a sort field.');
  const compared = sort.map(([name], at) => comparedValue(name, fieldOf(spec, name), values[at]));
  return sort.map(([name, direction], last) => {
    const equal = sort.slice(0, last).map(([earlier], at) => [earlier, { $eq: compared[at] }] as const);
    return Object.fromEntries([...equal, [name, { [direction === 1 ? '$gt' : '$lt']: compared[last] }]]);
  });
}
