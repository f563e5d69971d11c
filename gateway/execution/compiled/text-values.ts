import {
  type CompositeType,
  isCompositeType,
  isListType,
  isNonNullType,
  type NamedType,
  type OutputType,
  type Schema,
} from '@apollo/federation-internals';
import { BUBBLED, formError, isKnownComposite, place, report, type Shaping } from './complete.ts';
import { quoted } from './json.ts';
import { compileLeafTest } from './leaf.ts';
import type { Fields } from './objects.ts';

/** Null in the data. */
export const NULL = Symbol('null');
/** Null, and the error for it is already there. */
export const NULLED = Symbol('nulled');

/** A value as JSON text, with the rules of `complete.ts` for what becomes null. */
export type WriteValue = (value: unknown, shaping: Shaping) => string | typeof BUBBLED | typeof NULL | typeof NULLED;
/** An object as JSON text. */
export type WriteObject = (input: Fields, shaping: Shaping) => string | typeof BUBBLED;

export interface ValueOptions {
  readonly schema: Schema;
  /** For messages: the type whose field it is. */
  readonly parent: NamedType;
  /** Undefined for leaves. */
  readonly object: WriteObject | undefined;
}

export function compileValue(type: OutputType, options: ValueOptions): WriteValue {
  if (isNonNullType(type)) return compileNonNull(type.ofType, options);
  const write = isListType(type) ? compileList(type.ofType, options) : compileNamed(type, options);
  return (value, shaping) => (value === null ? NULL : write(value, shaping));
}

function compileNonNull(type: OutputType, options: ValueOptions): WriteValue {
  const write = compileValue(type, options);
  return (value, shaping) => {
    const written = write(value, shaping);
    if (written === NULLED) return BUBBLED;
    if (written !== NULL) return written;
    report(shaping, `Cannot return null for non-nullable ${place(shaping, type, options.parent)}.`);
    return BUBBLED;
  };
}

function compileList(type: OutputType, options: ValueOptions): WriteValue {
  const write = compileValue(type, options);
  return (value, shaping) => {
    if (!Array.isArray(value)) throw formError('non-list value', value, `list type [${type}]`);
    let bubbled = false;
    let text = '';
    for (let at = 0; at < value.length; at += 1) {
      shaping.path.push(at);
      const written = write(value[at], shaping);
      shaping.path.pop();
      bubbled ||= written === BUBBLED;
      text += (at === 0 ? '[' : ',') + textOf(written);
    }
    if (bubbled) return NULLED;
    return text === '' ? '[]' : `${text}]`;
  };
}

const textOf = (written: ReturnType<WriteValue>): string => (typeof written === 'string' ? written : 'null');

function compileNamed(type: OutputType, options: ValueOptions): WriteValue {
  const { schema, object, parent } = options;
  if (object && isCompositeType(type as NamedType)) return compileObject(type as CompositeType, object, options);
  const valid = compileLeafTest(schema, type);
  return (value, shaping) => {
    if (valid(value)) return leafText(value);
    report(shaping, `Invalid value found for ${place(shaping, type, parent)}.`);
    return NULLED;
  };
}

/** @param value that the type allows; for a custom scalar that is anything */
export function leafText(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return JSON.stringify(value) ?? 'null';
}

function compileObject(type: CompositeType, object: WriteObject, { schema, parent }: ValueOptions): WriteValue {
  return (value, shaping) => {
    if (typeof value !== 'object') throw formError('non-object value', value, `composite type ${type}`);
    const { __typename: typename } = value as Fields;
    if (typename !== undefined && typeof typename !== 'string') {
      throw formError('__typename', typename, `composite type ${type}`);
    }
    if (typename && typename !== type.name && !isKnownComposite(schema, typename)) {
      report(shaping, `Invalid __typename found for object at ${place(shaping, type, parent)}.`);
      return NULLED;
    }
    const written = object(value as Fields, shaping);
    return written === BUBBLED ? NULLED : written;
  };
}
