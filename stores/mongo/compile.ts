import type { Document } from 'mongodb';
import { PolygraphError } from '#platform/errors';
import type { CollectionSpec } from './documents.ts';
import { MAX_VALUES, type TenantFilter } from './filter.ts';
import { fieldOf, plainEntries, storedValue } from './values.ts';

/** A whole document with its tenant and its `_id`. A caller that names either is refused. */
export function compileDocument(spec: CollectionSpec, tenantId: string, document: object): Document {
  const given = compileValues(spec, document);
  for (const [name, field] of Object.entries(spec.fields)) {
    if (!field.optional && given[name] === undefined) throw new TypeError(`A document needs ${name}.`);
  }
  return { ...given, ...compileIdentity(spec, tenantId, given) };
}

/**
 * `_id` and tenant of the document with this key. The tenant is part of `_id`,
 * so a guessed or colliding id of another tenant is another `_id`: neither a
 * duplicate error nor an upsert can tell that it exists.
 */
export function compileIdentity(
  spec: CollectionSpec,
  tenantId: string,
  key: object,
): { _id: string; tenantId: string } {
  const values = new Map(plainEntries('A key', key));
  const parts = spec.key.map((name) => String(storedValue(name, fieldOf(spec, name), values.get(name))));
  return { _id: [tenantId, ...parts].join('/'), tenantId };
}

/** Matches the documents with these keys. The tenant is inside each `_id`; it is matched so that no statement is without it. */
export function compileKeys(spec: CollectionSpec, tenantId: string, keys: readonly object[]): TenantFilter {
  if (keys.length > MAX_VALUES) {
    throw new PolygraphError('LIMIT_EXCEEDED', `At most ${MAX_VALUES} documents are named at once.`);
  }
  return { _id: { $in: keys.map((key) => compileIdentity(spec, tenantId, key)._id) }, tenantId };
}

/** Changes to one document; at least one. Key fields, `_id` and `tenantId` cannot change. */
export interface Update<D> {
  readonly set?: Partial<D>;
  /** Adds to whole numbers. */
  readonly inc?: { readonly [F in NumberField<D>]?: number };
  readonly unset?: readonly OptionalField<D>[];
  /** Applied only where an upsert makes the document. */
  readonly setOnInsert?: Partial<D>;
}

export function compileUpdate(spec: CollectionSpec, update: object): Document {
  const operators = plainEntries('An update', update)
    .filter(([, given]) => given !== undefined)
    .map(([part, given]) => compileUpdatePart(spec, part, given))
    .filter(([, fields]) => Object.keys(fields).length > 0);
  if (operators.length === 0) throw new TypeError('An update changes something.');
  return Object.fromEntries(operators);
}

/** Projection of listed fields; `_id` and `tenantId` never leave the handle. */
export function compileFields(spec: CollectionSpec, fields: readonly string[]): Document {
  if (fields.length === 0) throw new TypeError('A read names at least one field.');
  for (const name of fields) fieldOf(spec, name);
  return Object.fromEntries([['_id', 0], ...fields.map((name) => [name, 1] as const)]);
}

export function compileSort(spec: CollectionSpec, sort: readonly (readonly [string, 1 | -1])[]): Document {
  return Object.fromEntries(
    sort.map(([name, direction]) => {
      fieldOf(spec, name);
      return [name, direction === 1 ? 1 : -1];
    }),
  );
}

/** A whole number of documents from 1 to `most`. */
export function compileLimit(limit: number, most = 100_000): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw new TypeError(`A limit is from 1 to ${most}.`);
  return limit;
}

type NumberField<D> = { [F in keyof D]: D[F] extends number ? F : never }[keyof D];
type OptionalField<D> = { [F in keyof D]-?: undefined extends D[F] ? F : never }[keyof D] & string;

function compileValues(spec: CollectionSpec, values: unknown): Document {
  const compiled: Document = {};
  for (const [name, value] of plainEntries('A document', values)) {
    const field = fieldOf(spec, name);
    if (value !== undefined) compiled[name] = storedValue(name, field, value);
  }
  return compiled;
}

function compileUpdatePart(spec: CollectionSpec, part: string, given: unknown): [string, Document] {
  switch (part) {
    case 'set':
      return ['$set', compileChange(spec, given)];
    case 'setOnInsert':
      return ['$setOnInsert', compileChange(spec, given)];
    case 'inc':
      return ['$inc', compileIncrements(spec, given)];
    case 'unset':
      return ['$unset', compileUnset(spec, given)];
    default:
      throw new TypeError(`${JSON.stringify(part)} is not something an update can do.`);
  }
}

function compileChange(spec: CollectionSpec, values: unknown): Document {
  const compiled = compileValues(spec, values);
  for (const name of spec.key) {
    if (Object.hasOwn(compiled, name)) throw new TypeError(`${name} is part of the key and cannot change.`);
  }
  return compiled;
}

function compileIncrements(spec: CollectionSpec, values: unknown): Document {
  const compiled = compileChange(spec, values);
  for (const name of Object.keys(compiled)) {
    if (fieldOf(spec, name).kind !== 'int') throw new TypeError(`${name} is not a number.`);
  }
  return compiled;
}

function compileUnset(spec: CollectionSpec, names: unknown): Document {
  if (!Array.isArray(names)) throw new TypeError('The fields to unset are a list.');
  return Object.fromEntries(
    names.map((name: unknown) => {
      if (typeof name !== 'string' || !fieldOf(spec, name).optional) throw new TypeError('Only optional fields go.');
      return [name, ''];
    }),
  );
}
