import type { Document } from 'mongodb';
import { compileLimit } from './compile.ts';
import type { CollectionSpec } from './documents.ts';
import { compileFilter, type Where } from './filter.ts';
import { fieldOf, plainEntries } from './values.ts';

/**
 * One grouping. There are no free stages: a pipeline is always the tenant's
 * `$match`, one `$group`, and maybe `$sort` and `$limit`, so there is nothing
 * to smuggle a `$lookup`, `$unionWith`, `$facet`, `$out` or `$merge` into.
 */
export interface Grouping<D, G extends keyof D & string, C extends Computed, S extends DateField<D> = never> {
  readonly where: Where<D>;
  /** One row a distinct combination; one row altogether where empty. */
  readonly by: readonly G[];
  /** Besides, one row an hour or day of UTC of a date: the row has the moment at which it begins, under the same name. */
  readonly spans?: { readonly [F in S]: TimeUnit };
  readonly compute: C;
  readonly sort?: readonly (readonly [G | (keyof C & string), 1 | -1])[];
  readonly limit: number;
}

export type TimeUnit = 'hour' | 'day';
export type DateField<D> = { [F in keyof D]: D[F] extends Date ? F : never }[keyof D] & string;

export type Computed = Readonly<Record<string, Accumulator<unknown>>>;
export type GroupRow<D, G extends keyof D, C extends Computed, S extends string = never> = {
  readonly [F in G]-?: NonNullable<D[F]>;
} & { readonly [N in keyof C]: C[N] extends Accumulator<infer V> ? V : never } & { readonly [F in S]: Date };

/** What is computed over the documents of a group. Only the functions below make one. */
export interface Accumulator<V> {
  readonly [computes]?: V;
}

export function count(): Accumulator<number> {
  return make(() => ({ $sum: 1 }));
}

export function sum<D>(field: keyof D & string): Accumulator<number> {
  return make((spec) => {
    if (fieldOf(spec, field).kind !== 'int') throw new TypeError(`${field} is not a number.`);
    return { $sum: `$${field}` };
  });
}

/** Null over documents of which none has the field. */
export function average<D>(field: keyof D & string): Accumulator<number | null> {
  return make((spec) => ({ $avg: numberIn(spec, field) }));
}

/** As `average`. */
export function smallest<D>(field: keyof D & string): Accumulator<number | null> {
  return make((spec) => ({ $min: numberIn(spec, field) }));
}

/** As `average`. */
export function largest<D>(field: keyof D & string): Accumulator<number | null> {
  return make((spec) => ({ $max: numberIn(spec, field) }));
}

/** The values below which these shares (0 to 1) of the documents lie, approximately, in their order. */
export function percentiles<D>(field: keyof D & string, shares: readonly number[]): Accumulator<readonly number[]> {
  return make((spec) => {
    if (!shares.every((share) => share >= 0 && share <= 1)) throw new TypeError('A share is from 0 to 1.');
    return { $percentile: { input: numberIn(spec, field), p: [...shares], method: 'approximate' } };
  });
}

function numberIn(spec: CollectionSpec, field: string): string {
  const { kind } = fieldOf(spec, field);
  if (kind !== 'int' && kind !== 'number') throw new TypeError(`${field} is not a number.`);
  return `$${field}`;
}

/** The `n` documents that come first in the order of `sort`, with these fields of each. */
export function first<D, F extends keyof D & string>(
  n: number,
  sort: readonly (readonly [keyof D & string, 1 | -1])[],
  fields: readonly F[],
): Accumulator<readonly Pick<D, F>[]> {
  return make((spec) => {
    for (const name of [...fields, ...sort.map(([by]) => by)]) fieldOf(spec, name);
    const sortBy = Object.fromEntries(sort.map(([name, direction]) => [name, direction === 1 ? 1 : -1]));
    const output = Object.fromEntries(fields.map((name) => [name, `$${name}`]));
    return { $topN: { n: compileLimit(n, 1_000), sortBy, output } };
  });
}

interface CompiledGrouping {
  where: object;
  by: readonly string[];
  spans?: object | undefined;
  compute: object;
  sort?: readonly (readonly [string, 1 | -1])[] | undefined;
  limit: number;
}

export function compileGrouping(spec: CollectionSpec, tenantId: string, grouping: CompiledGrouping): Document[] {
  const { where, by, spans = {}, compute, sort = [], limit } = grouping;
  const id = {
    ...Object.fromEntries(by.map((name) => [fieldOf(spec, name) && name, `$${name}`])),
    ...Object.fromEntries(plainEntries('The spans', spans).map(([name, unit]) => [name, spanOf(spec, name, unit)])),
  };
  const computed = plainEntries('What is computed', compute).map(([name, accumulator]) => {
    if (!OUTPUT_NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot name a computed value.`);
    return [name, compileAccumulator(spec, accumulator)] as const;
  });
  const names = new Set(computed.map(([name]) => name));
  const order = sort.map(([name, direction]): [string, 1 | -1] => {
    if (!names.has(name) && !by.includes(name)) throw new TypeError(`${JSON.stringify(name)} is not in the result.`);
    return [names.has(name) ? name : `_id.${name}`, direction === 1 ? 1 : -1];
  });
  return [
    { $match: compileFilter(spec, tenantId, where) },
    { $group: { _id: id, ...Object.fromEntries(computed) } },
    ...(order.length > 0 ? [{ $sort: Object.fromEntries(order) }] : []),
    { $limit: compileLimit(limit) },
  ];
}

function spanOf(spec: CollectionSpec, name: string, unit: unknown): Document {
  if (fieldOf(spec, name).kind !== 'date') throw new TypeError(`${name} is not a date.`);
  if (unit !== 'hour' && unit !== 'day') throw new TypeError('A span is an hour or a day.');
  return { $dateTrunc: { date: `$${name}`, unit } };
}

declare const computes: unique symbol;
const made = new WeakMap<object, (spec: CollectionSpec) => Document>();
const OUTPUT_NAME = /^[a-z][a-zA-Z]{0,30}$/;

function make<V>(compile: (spec: CollectionSpec) => Document): Accumulator<V> {
  const accumulator = Object.freeze({});
  made.set(accumulator, compile);
  return accumulator;
}

function compileAccumulator(spec: CollectionSpec, accumulator: unknown): Document {
  const compile = typeof accumulator === 'object' && accumulator !== null ? made.get(accumulator) : undefined;
  if (!compile) throw new TypeError('A computed value is made by the functions of this module.');
  return compile(spec);
}
