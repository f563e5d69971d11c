import {
  type CompositeType,
  isCompositeType,
  isListType,
  isNonNullType,
  type NamedType,
  type OutputType,
  type Schema,
} from '@apollo/federation-internals';
import { formError, isKnownComposite, place, report, type Shaping } from './complete.ts';
import type { JsonWriter } from './json-writer.ts';
import { compileLeafTest } from './leaf.ts';
import type { Fields } from './objects.ts';

/** One answer while it is written. */
export interface Writing extends Shaping {
  readonly out: JsonWriter;
}

/** What came of a value. Numbers, because each value of an answer has one. */
export const WRITTEN = 0;
/** Null in the data; nothing is written. */
export const NULL = 1;
/** Null, and the error for it is already there; nothing is written. */
export const NULLED = 2;
/** The object around must be null too; what was written of it is forgotten there. */
export const BUBBLED = 3;
export type Outcome = typeof WRITTEN | typeof NULL | typeof NULLED | typeof BUBBLED;

/** Writes a value, with the rules of `complete.ts` for what becomes null. */
export type WriteValue = (value: unknown, writing: Writing) => Outcome;
/** Writes an object. @param typename its own; undefined where it has none @returns false where it must be null instead */
export type WriteObject = (input: Fields, typename: string | undefined, writing: Writing) => boolean;

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
  return (value, writing) => (value === null ? NULL : write(value, writing));
}

function compileNonNull(type: OutputType, options: ValueOptions): WriteValue {
  const write = compileValue(type, options);
  return (value, writing) => {
    const outcome = write(value, writing);
    if (outcome === NULLED) return BUBBLED;
    if (outcome !== NULL) return outcome;
    report(writing, `Cannot return null for non-nullable ${place(writing, type, options.parent)}.`);
    return BUBBLED;
  };
}

function compileList(type: OutputType, options: ValueOptions): WriteValue {
  const write = compileValue(type, options);
  return (value, writing) => {
    if (!Array.isArray(value)) throw formError('non-list value', value, `list type [${type}]`);
    const { out, path } = writing;
    const start = out.at;
    let bubbled = false;
    out.character(OPEN_LIST);
    // To the last element, though one is wrong: each error is told.
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) out.character(COMMA);
      path.push(index);
      const outcome = write(value[index], writing);
      path.pop();
      if (outcome === BUBBLED) bubbled = true;
      if (outcome !== WRITTEN) out.bytes(NULL_TEXT);
    }
    out.character(CLOSE_LIST);
    if (!bubbled) return WRITTEN;
    out.at = start;
    return NULLED;
  };
}

function compileNamed(type: OutputType, options: ValueOptions): WriteValue {
  const { schema, object, parent } = options;
  if (object && isCompositeType(type as NamedType)) return compileObject(type as CompositeType, object, options);
  const valid = compileLeafTest(schema, type);
  return (value, writing) => {
    if (valid(value)) {
      writeLeaf(value, writing.out);
      return WRITTEN;
    }
    report(writing, `Invalid value found for ${place(writing, type, parent)}.`);
    return NULLED;
  };
}

/** @param value that the type allows; for a custom scalar that is anything */
export function writeLeaf(value: unknown, out: JsonWriter): void {
  if (typeof value === 'string') out.string(value);
  else if (typeof value === 'number' && Number.isFinite(value)) out.number(value);
  else out.json(JSON.stringify(value) ?? 'null');
}

function compileObject(type: CompositeType, object: WriteObject, { schema, parent }: ValueOptions): WriteValue {
  return (value, writing) => {
    if (typeof value !== 'object') throw formError('non-object value', value, `composite type ${type}`);
    const { __typename: typename } = value as Fields;
    if (typename !== undefined && typeof typename !== 'string') {
      throw formError('__typename', typename, `composite type ${type}`);
    }
    if (typename && typename !== type.name && !isKnownComposite(schema, typename)) {
      report(writing, `Invalid __typename found for object at ${place(writing, type, parent)}.`);
      return NULLED;
    }
    return object(value as Fields, typename || undefined, writing) ? WRITTEN : NULLED;
  };
}

export const NULL_TEXT: Uint8Array = Buffer.from('null');
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
