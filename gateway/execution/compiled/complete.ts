import {
  type CompositeType,
  ERRORS,
  isCompositeType,
  isListType,
  isNonNullType,
  type NamedType,
  type OutputType,
  type Schema,
} from '@apollo/federation-internals';
import type { GraphQLError } from 'graphql';
import { compileLeafTest } from './leaf.ts';
import type { Fields } from './objects.ts';

/** One answer while it is shaped. */
export interface Shaping {
  /** With the defaults of the operation. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** As the client gave them. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly path: (string | number)[];
  readonly errors: GraphQLError[];
}

/** The object around must be null too. */
export const BUBBLED = Symbol('bubbled');
/** Null, and the error for it is already there. */
const NULLED = Symbol('nulled');
type Null = typeof BUBBLED | typeof NULLED;

/**
 * @param existing what an earlier selection of the same response name left
 * @returns the value, null, BUBBLED from a type that is not nullable, else NULLED
 */
export type Complete = (value: unknown, existing: unknown, shaping: Shaping) => unknown;

/** Fills an object's selections in. */
export type Apply = (input: Fields, existing: Fields | undefined, shaping: Shaping) => Fields | typeof BUBBLED;

export interface CompleteOptions {
  readonly schema: Schema;
  /** For messages: the type whose field it is. */
  readonly parent: NamedType;
  /** Undefined for leaves. */
  readonly apply: Apply | undefined;
}

/** What becomes of a value whose type is `type`. @returns what the field writes; BUBBLED where the object is null */
export function compileField(type: OutputType, options: CompleteOptions): Complete {
  const complete = compileType(type, options);
  return (value, existing, shaping) => {
    const completed = complete(value, existing, shaping);
    return completed === NULLED ? null : completed;
  };
}

function compileType(type: OutputType, options: CompleteOptions): Complete {
  if (isNonNullType(type)) return compileNonNull(type.ofType, options);
  const complete = isListType(type) ? compileList(type.ofType, options) : compileNamed(type, options);
  return (value, existing, shaping) => {
    if (existing === null || (existing !== undefined && !options.apply)) return existing;
    return value === null ? null : complete(value, existing, shaping);
  };
}

function compileNonNull(type: OutputType, options: CompleteOptions): Complete {
  const complete = compileType(type, options);
  return (value, existing, shaping) => {
    if (existing === null) return existing;
    const completed = complete(value, existing, shaping);
    if (completed === NULLED) return BUBBLED;
    if (completed !== null) return completed;
    report(shaping, `Cannot return null for non-nullable ${place(shaping, type, options.parent)}.`);
    return BUBBLED;
  };
}

function compileList(type: OutputType, options: CompleteOptions): Complete {
  const complete = compileType(type, options);
  return (value, existing, shaping) => {
    if (!Array.isArray(value)) throw formError('non-list value', value, `list type [${type}]`);
    const present = existingList(existing, value.length, type);
    let bubbled = false;
    const list: unknown[] = [];
    for (let at = 0; at < value.length; at += 1) {
      shaping.path.push(at);
      const completed = complete(value[at], present?.[at], shaping);
      shaping.path.pop();
      if (completed === BUBBLED) bubbled = true;
      list.push(completed === NULLED ? null : completed);
    }
    return bubbled ? NULLED : list;
  };
}

function existingList(existing: unknown, length: number, type: OutputType): readonly unknown[] | undefined {
  if (existing === undefined || (Array.isArray(existing) && existing.length === length)) return existing;
  throw formError('list of another length', existing, `list type [${type}]`);
}

function compileNamed(type: OutputType, options: CompleteOptions): Complete {
  const { schema, apply, parent } = options;
  if (apply && isCompositeType(type as NamedType)) return compileObject(type as CompositeType, apply, options);
  const valid = compileLeafTest(schema, type);
  return (value, _existing, shaping) => {
    if (valid(value)) return value;
    report(shaping, `Invalid value found for ${place(shaping, type, parent)}.`);
    return NULLED;
  };
}

function compileObject(type: CompositeType, apply: Apply, { schema, parent }: CompleteOptions): Complete {
  return (value, existing, shaping): unknown | Null => {
    if (typeof value !== 'object') throw formError('non-object value', value, `composite type ${type}`);
    const { __typename: typename } = value as Fields;
    if (typename !== undefined && typeof typename !== 'string') {
      throw formError('__typename', typename, `composite type ${type}`);
    }
    if (typename && typename !== type.name && !isKnownComposite(schema, typename)) {
      report(shaping, `Invalid __typename found for object at ${place(shaping, type, parent)}.`);
      return NULLED;
    }
    const applied = apply(value as Fields, existing as Fields | undefined, shaping);
    return applied === BUBBLED ? NULLED : applied;
  };
}

export function isKnownComposite(schema: Schema, typename: string): boolean {
  const type = schema.type(typename);
  return type !== undefined && isCompositeType(type);
}

export const formError = (what: string, value: unknown, type: string): Error =>
  new Error(`Invalid ${what} ${String(value)} returned by subgraph for ${type}`);

export function report({ path, errors }: Shaping, message: string): void {
  errors.push(ERRORS.INVALID_GRAPHQL.err(message, { path: [...path] }));
}

export function place({ path }: Shaping, type: OutputType, parent: NamedType): string {
  const last = path.at(-1);
  return typeof last === 'string' ? `field ${parent}.${last}` : `array element of type ${type} at index ${last}`;
}
