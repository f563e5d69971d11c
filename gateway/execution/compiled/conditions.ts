import { type Field, type FragmentElement, type Schema, Variable } from '@apollo/federation-internals';

/** Whether a selection is wanted: always, never, or by the variables. */
export type Condition = boolean | ((variables: Readonly<Record<string, unknown>>) => boolean);

/** @skip and @include of one selection */
export function compileConditions(element: Field | FragmentElement, schema: Schema): Condition {
  const skip = ifOf(element.appliedDirectivesOf(schema.skipDirective())[0]);
  const include = ifOf(element.appliedDirectivesOf(schema.includeDirective())[0]);
  if (skip === true || include === false) return false;
  if (!(skip instanceof Variable) && !(include instanceof Variable)) return true;
  return (variables) => !given(skip ?? false, variables) && given(include ?? true, variables);
}

function ifOf(
  directive: { arguments(): Readonly<Record<string, unknown>> } | undefined,
): boolean | Variable | undefined {
  return directive && (directive.arguments().if as boolean | Variable);
}

function given(value: boolean | Variable, variables: Readonly<Record<string, unknown>>): boolean {
  if (!(value instanceof Variable)) return value;
  const actual = variables[value.name];
  if (typeof actual === 'boolean') return actual;
  throw new TypeError(`Unexpected value ${String(actual)} for variable ${value} of a condition`);
}
