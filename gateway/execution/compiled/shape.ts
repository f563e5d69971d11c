import type { Operation } from '@apollo/federation-internals';
import type { GraphQLError } from 'graphql';
import { BUBBLED, type Shaping } from './complete.ts';
import type { Fields } from './objects.ts';
import { compileSelections, type Introspect, type SelectionsOptions } from './selections.ts';

export interface Shaped {
  readonly data: Fields | null;
  /** Where subgraphs left out what the schema promises. */
  readonly errors: readonly GraphQLError[];
}

/** Turns merged data into the client's answer: its fields, its order, its nulls. @throws Error where data are of another form than the schema's */
export type Shape = (data: Fields, variables: Readonly<Record<string, unknown>>) => Shaped;

export function compileShape(
  operation: Operation,
  introspect: Introspect,
  nameInData: SelectionsOptions['nameInData'],
): Shape {
  const schema = operation.schema();
  const root = schema.schemaDefinition.rootType(operation.rootKind);
  if (!root) throw new TypeError(`The schema has no ${operation.rootKind}.`);
  const options: SelectionsOptions = { schema, introspect, nameInData, compiled: new Map() };
  const apply = compileSelections(operation.selectionSet, root, options);
  const defaults = operation.collectDefaultedVariableValues() as Record<string, unknown>;
  return (data, given) => {
    const shaping: Shaping = { variables: { ...defaults, ...given, __proto__: null }, given, path: [], errors: [] };
    const shaped = apply(data, undefined, shaping);
    return { data: shaped === BUBBLED ? null : shaped, errors: shaping.errors };
  };
}
