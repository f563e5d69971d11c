import {
  type CompositeType,
  type Field,
  type FieldSelection,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isSubtype,
  type Operation,
  type OutputType,
  type Schema,
  type SelectionSet,
} from '@apollo/federation-internals';
import type { GraphQLError } from 'graphql';
import { type Condition, compileConditions } from './conditions.ts';
import type { JsonText } from './json.ts';
import type { JsonWriter } from './json-writer.ts';
import { compileLeafTest, compilePlainLeaf, type PlainLeaf, wrotePlain } from './leaf.ts';
import type { Fields } from './objects.ts';
import { reader } from './selections.ts';
import {
  BUBBLED,
  compileValue,
  NULL,
  NULL_TEXT,
  NULLED,
  type Outcome,
  WRITTEN,
  type WriteObject,
  type Writing,
  writeLeaf,
} from './text-values.ts';

export interface Written {
  /** The client's `data` as JSON. */
  readonly text: JsonText;
  /** Where subgraphs left out what the schema promises. */
  readonly errors: readonly GraphQLError[];
}

/**
 * Writes merged data as the client's answer at once: `shape` makes objects of it,
 * which only live until they are text. It leaves the data as they are.
 * @throws NotWrittenError where it takes `shape`
 */
export type WriteText = (data: Fields, variables: Readonly<Record<string, unknown>>) => Written;

/** The operation asks for something that is not written as text at once. */
export class NotWrittenError extends Error {
  override readonly name = 'NotWrittenError';
}

/** @param out may be the same for all operations: each writes at once and to the end */
export function compileText(operation: Operation, nameInData: (element: Field) => string, out: JsonWriter): WriteText {
  const schema = operation.schema();
  const root = schema.schemaDefinition.rootType(operation.rootKind);
  if (!root) throw new TypeError(`The schema has no ${operation.rootKind}.`);
  const write = compileObject([operation.selectionSet], root, { schema, nameInData });
  const defaults = operation.collectDefaultedVariableValues() as Record<string, unknown>;
  return (data, given) => {
    const variables = { ...defaults, ...given, __proto__: null };
    const writing: Writing = { variables, given, path: [], errors: [], out };
    out.begin();
    if (!write(data, (data.__typename as string | undefined) || undefined, writing)) out.bytes(NULL_TEXT);
    return { text: out.end(), errors: writing.errors };
  };
}

interface TextOptions {
  readonly schema: Schema;
  /** The name that a field has in fetched data. */
  readonly nameInData: (element: Field) => string;
}

/** @param sets that are merged, as a field may be selected several times @param type they are written against */
function compileObject(sets: readonly SelectionSet[], type: CompositeType, options: TextOptions): WriteObject {
  const { schema } = options;
  const byTypename = new Map<string | undefined, readonly WriteField[]>();
  const fieldsFor = (typename: string | undefined): readonly WriteField[] => {
    const known = byTypename.get(typename);
    if (known) return known;
    const actual = typename === undefined ? undefined : schema.type(typename);
    const parent = actual && isCompositeType(actual) ? actual : type;
    const groups = new Map<string, Group>();
    for (const set of sets) collect(set, { typename, actual, parent, condition: true }, schema, groups);
    const fields = [...groups].map(([name, group]) => compileField(name, group, options));
    // Only names of the schema get this far, so the map is as bounded as the schema.
    if (typename === undefined || actual) byTypename.set(typename, fields);
    return fields;
  };
  return (input, typename, writing) => {
    const { out } = writing;
    const start = out.at;
    let opening = true;
    for (const field of fieldsFor(typename)) {
      if (field.condition !== true && !field.condition(writing.variables)) continue;
      out.bytes(opening ? field.opened : field.label);
      opening = false;
      if (wrote(field, input, writing)) continue;
      out.at = start;
      return false;
    }
    if (opening) out.character(OPEN_OBJECT);
    out.character(CLOSE_OBJECT);
    return true;
  };
}

/** @returns false where the object must be null */
function wrote({ plain, write }: WriteField, input: Fields, writing: Writing): boolean {
  if (plain && wrotePlain(plain, input, writing.out)) return true;
  const outcome = write(input, writing);
  if (outcome === NULL || outcome === NULLED) writing.out.bytes(NULL_TEXT);
  return outcome !== BUBBLED;
}

type Held = Exclude<Condition, false>;

/** Selections of one response name. */
interface Group {
  readonly selection: FieldSelection;
  readonly parent: CompositeType;
  readonly condition: Held;
  readonly sets: SelectionSet[];
}

interface Scope {
  readonly typename: string | undefined;
  readonly actual: ReturnType<Schema['type']>;
  readonly parent: CompositeType;
  /** Of all the fragments around. */
  readonly condition: Held;
}

function collect(set: SelectionSet, scope: Scope, schema: Schema, groups: Map<string, Group>): void {
  for (const selection of set.selections()) {
    const own = compileConditions(selection.element, schema);
    if (own === false) continue;
    const condition = both(scope.condition, own);
    if (selection.kind === 'FieldSelection') {
      addField(selection, { ...scope, condition }, groups);
      continue;
    }
    const { typeCondition } = selection.element;
    const type = scope.typename === undefined ? scope.parent : scope.actual;
    if (typeCondition && !(type && isSubtype(typeCondition, type as CompositeType))) continue;
    const inner = { ...scope, parent: typeCondition ?? scope.parent, condition };
    collect(selection.selectionSet, inner, schema, groups);
  }
}

function addField(selection: FieldSelection, { parent, condition }: Scope, groups: Map<string, Group>): void {
  const { element, selectionSet } = selection;
  if (element.definition.isSchemaIntrospectionField()) throw new NotWrittenError('It asks for the schema.');
  const name = element.responseName();
  const known = groups.get(name);
  if (!known) groups.set(name, { selection, parent, condition, sets: selectionSet ? [selectionSet] : [] });
  else if (known.condition !== true || (condition !== true && selectionSet)) {
    throw new NotWrittenError(`It asks for ${name} several times, under conditions.`);
  } else if (selectionSet) known.sets.push(selectionSet);
}

function both(a: Held, b: Held): Held {
  if (a === true) return b;
  return b === true ? a : (variables) => a(variables) && b(variables);
}

interface WriteField {
  readonly condition: Held;
  /** The name as JSON with the colon, behind a comma. */
  readonly label: Uint8Array;
  /** The same where it opens the object. */
  readonly opened: Uint8Array;
  /** Tried before `write`. */
  readonly plain?: PlainLeaf | undefined;
  readonly write: (input: Fields, writing: Writing) => Outcome;
}

function compileField(name: string, { selection, parent, condition, sets }: Group, options: TextOptions): WriteField {
  const { schema, nameInData } = options;
  const { element } = selection;
  const quoted = JSON.stringify(name);
  const own = { condition, label: Buffer.from(`,${quoted}:`), opened: Buffer.from(`{${quoted}:`) };
  if (element.name === '__typename') return { ...own, write: typenameOf(name, parent, schema) };
  const type = element.definition.type as OutputType;
  const object = sets.length > 0 ? compileObject(sets, element.baseType() as CompositeType, options) : undefined;
  const value = compileValue(type, { schema, parent, object });
  const read = reader(nameInData(element));
  const write: WriteField['write'] = (input, writing) => {
    writing.path.push(name);
    const outcome = value(read(input) ?? null, writing);
    writing.path.pop();
    return outcome;
  };
  const leaf = isNonNullType(type) ? type.ofType : type;
  if (object || isListType(leaf)) return { ...own, write };
  const valid = compileLeafTest(schema, leaf);
  // What is there and valid, as nearly all is, needs no path.
  const writePresent: WriteField['write'] = (input, writing) => {
    const present = read(input);
    if (present === undefined || present === null || !valid(present)) return write(input, writing);
    writeLeaf(present, writing.out);
    return WRITTEN;
  };
  return { ...own, plain: compilePlainLeaf(schema, leaf, nameInData(element)), write: writePresent };
}

function typenameOf(name: string, parent: CompositeType, schema: Schema): WriteField['write'] {
  const read = reader(name);
  return (input, { out }) => {
    const value = read(input) ?? (name === '__typename' ? undefined : input.__typename);
    const type = (typeof value === 'string' ? schema.type(value) : undefined) ?? parent;
    if (!isObjectType(type)) return BUBBLED;
    out.string(type.name);
    return WRITTEN;
  };
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
