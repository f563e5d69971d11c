import { isCustomScalarType, isEnumType, type OutputType, type Schema } from '@apollo/federation-internals';

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

/** Beyond 1e21 a number is written with an exponent, which is no integer to GraphQL. */
const isWhole = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) < 1e21;
