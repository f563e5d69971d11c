import {
  type CompositeType,
  type Field,
  type FieldSelection,
  type FragmentSelection,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isSubtype,
  type OutputType,
  type Schema,
  type SelectionSet,
} from '@apollo/federation-internals';
import { type Apply, BUBBLED, compileField, type Shaping } from './complete.ts';
import { type Condition, compileConditions } from './conditions.ts';
import { compileLeafTest } from './leaf.ts';
import { type Fields, newFields, ownValue } from './objects.ts';

/** Answers `__schema` and `__type` for the client's variables. */
export type Introspect = (field: FieldSelection) => (variables: Readonly<Record<string, unknown>>) => unknown;

export interface SelectionsOptions {
  readonly schema: Schema;
  readonly introspect: Introspect;
  /** The name that a field has in fetched data. */
  readonly nameInData: (element: Field) => string;
  /** Of selections reached by several fragments or types, each compiled once. */
  readonly compiled: Map<SelectionSet, Apply>;
}

/** Writes one selection into `output`. @returns false where the object must be null */
type Write = (input: Fields, output: Fields, shaping: Shaping) => boolean;

/**
 * Selections as steps, with fragments already decided: one list of steps for
 * each `__typename` that occurs, made when it first does.
 */
export function compileSelections(selections: SelectionSet, type: CompositeType, options: SelectionsOptions): Apply {
  const known = options.compiled.get(selections);
  if (known) return known;
  const apply = compileApply(selections, type, options);
  options.compiled.set(selections, apply);
  return apply;
}

function compileApply(selections: SelectionSet, type: CompositeType, options: SelectionsOptions): Apply {
  const byTypename = new Map<string | undefined, readonly Write[]>();
  const writesFor = (typename: string | undefined): readonly Write[] => {
    const known = byTypename.get(typename);
    if (known) return known;
    const actual = typename === undefined ? undefined : options.schema.type(typename);
    const parent = actual && isCompositeType(actual) ? actual : type;
    const writes = writesOf(selections, { typename, actual, parent }, options);
    // Only names of the schema get this far, so the map is as bounded as the schema.
    if (typename === undefined || actual) byTypename.set(typename, writes);
    return writes;
  };
  return (input, existing, shaping) => {
    const output = existing ?? newFields();
    for (const write of writesFor((input.__typename as string | undefined) || undefined)) {
      if (!write(input, output, shaping)) return BUBBLED;
    }
    return output;
  };
}

interface Scope {
  readonly typename: string | undefined;
  readonly actual: ReturnType<Schema['type']>;
  /** The type that the selections are written against. */
  readonly parent: CompositeType;
}

function writesOf(selections: SelectionSet, scope: Scope, options: SelectionsOptions): Write[] {
  return selections.selections().flatMap((selection): Write[] => {
    const condition = compileConditions(selection.element, options.schema);
    if (condition === false) return [];
    const writes =
      selection.kind === 'FieldSelection'
        ? [fieldWrite(selection, scope, options)]
        : fragmentWrites(selection, scope, options);
    return condition === true ? writes : [conditional(condition, writes)];
  });
}

function fragmentWrites(selection: FragmentSelection, scope: Scope, options: SelectionsOptions): Write[] {
  const { typeCondition } = selection.element;
  const { typename, actual, parent } = scope;
  const type = typename === undefined ? parent : actual;
  if (typeCondition && !(type && isSubtype(typeCondition, type as CompositeType))) return [];
  return writesOf(selection.selectionSet, { ...scope, parent: typeCondition ?? parent }, options);
}

function conditional(holds: Exclude<Condition, boolean>, writes: readonly Write[]): Write {
  return (input, output, shaping) =>
    !holds(shaping.variables) || writes.every((write) => write(input, output, shaping));
}

function fieldWrite(selection: FieldSelection, { parent }: Scope, options: SelectionsOptions): Write {
  const { element, selectionSet } = selection;
  const name = element.responseName();
  if (element.definition.isSchemaIntrospectionField()) return introspectionWrite(selection, options);
  if (element.name === '__typename') return typenameWrite(name, parent, options.schema);
  const type = element.definition.type as OutputType;
  const inner = selectionSet && compileSelections(selectionSet, element.baseType() as CompositeType, options);
  const complete = compileField(type, { schema: options.schema, parent, apply: inner });
  const read = reader(options.nameInData(element));
  const write: Write = (input, output, shaping) => {
    shaping.path.push(name);
    const completed = complete(read(input) ?? null, output[name], shaping);
    shaping.path.pop();
    if (completed === BUBBLED) return false;
    output[name] = completed;
    return true;
  };
  const leaf = isNonNullType(type) ? type.ofType : type;
  if (inner || isListType(leaf)) return write;
  const valid = compileLeafTest(options.schema, leaf);
  // What is there and valid, as nearly all is, needs no path.
  return (input, output, shaping) => {
    if (output[name] !== undefined) return true;
    const value = read(input);
    if (value === undefined || value === null || !valid(value)) return write(input, output, shaping);
    output[name] = value;
    return true;
  };
}

/** Only a few names are inherited from Object.prototype; the others are read at once. */
export function reader(name: string): (input: Fields) => unknown {
  return name in Object.prototype ? (input) => ownValue(input, name) : (input) => input[name];
}

function introspectionWrite(selection: FieldSelection, { introspect }: SelectionsOptions): Write {
  const name = selection.element.responseName();
  const answer = introspect(selection);
  return (_input, output, { given }) => {
    if (output[name] === undefined) output[name] = answer(given);
    return true;
  };
}

function typenameWrite(name: string, parent: CompositeType, schema: Schema): Write {
  const read = reader(name);
  return (input, output) => {
    if (output[name] !== undefined) return true;
    const value = read(input) ?? (name === '__typename' ? undefined : input.__typename);
    const type = (typeof value === 'string' ? schema.type(value) : undefined) ?? parent;
    if (!isObjectType(type)) return false;
    output[name] = type.name;
    return true;
  };
}
