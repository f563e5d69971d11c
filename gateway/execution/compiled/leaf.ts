import { isCustomScalarType, isEnumType, type OutputType, type Schema } from '@apollo/federation-internals';
import type { JsonWriter } from './json-writer.ts';
import type { Fields } from './objects.ts';

/** Whether a subgraph's value may stand for the scalar or enum; a custom scalar is its owner's business. */
export function compileLeafTest(schema: Schema, type: OutputType): (value: unknown) => boolean {
  if (type.kind === 'ScalarType' && isCustomScalarType(type)) return () => true;
  if (isEnumType(type)) {
    const names = new Set(type.values.map(({ name }) => name));
    return (value) => typeof value === 'string' && names.has(value);
  }
  switch (type) {
    case schema.booleanType():
      return (value) => typeof value === 'boolean';
    case schema.intType():
      return isWhole;
    case schema.idType():
      return (value) => typeof value === 'string' || isWhole(value);
    case schema.floatType():
      return Number.isFinite;
    default:
      return (value) => typeof value === 'string';
  }
}

/** A field whose values are mostly written as they are. */
export interface PlainLeaf {
  readonly name: string;
  /** Every string is valid. */
  readonly strings: boolean;
  /** Every whole number is valid. */
  readonly numbers: boolean;
}

/** @param name in fetched data @returns undefined where a value takes a second look */
export function compilePlainLeaf(schema: Schema, type: OutputType, name: string): PlainLeaf | undefined {
  if (type.kind !== 'ScalarType' || name in Object.prototype) return undefined;
  const valid = compileLeafTest(schema, type);
  return { name, strings: valid('any'), numbers: valid(1) };
}

/** The way of nearly all values, without a call for each question. @returns false where nothing was written */
export function wrotePlain({ name, strings, numbers }: PlainLeaf, input: Fields, out: JsonWriter): boolean {
  const value = input[name];
  if (typeof value === 'string' && strings) out.string(value);
  else if (typeof value === 'number' && numbers && Number.isSafeInteger(value)) out.number(value);
  else return false;
  return true;
}

/** Beyond 1e21 a number is written with an exponent, which is no integer to GraphQL. */
const isWhole = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) < 1e21;
