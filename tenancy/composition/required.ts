import { type FieldDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql';
import { namedTypeOf, type OutputType, stringsOf } from './definitions.ts';

/** A field that another one is computed from. */
export interface RequiredField {
  readonly type: string;
  readonly field: string;
  /** The named type of its value. */
  readonly returns: string;
}

/**
 * Everything that a field's @requires names, in a subgraph's SDL or, as an
 * argument of @join__field, in a supergraph. What is selected inside of a
 * required object is required, too.
 */
export function requiredFields(
  type: OutputType,
  field: FieldDefinitionNode,
  types: ReadonlyMap<string, OutputType>,
): readonly RequiredField[] {
  return fieldSetsOf(field).flatMap((fieldSet) => {
    const [operation] = parse(`{ ${fieldSet} }`, { noLocation: true }).definitions;
    return operation?.kind === Kind.OPERATION_DEFINITION ? select(operation.selectionSet, type.name, types) : [];
  });
}

function fieldSetsOf({ directives = [] }: FieldDefinitionNode): readonly string[] {
  return directives.flatMap(({ name, arguments: given }) => {
    const argument = ARGUMENTS[name.value.replace(PREFIX, '')];
    return stringsOf(given?.find((one) => one.name.value === argument));
  });
}

function select(
  set: SelectionSetNode,
  parent: string,
  types: ReadonlyMap<string, OutputType>,
): readonly RequiredField[] {
  return set.selections.flatMap((node) => {
    if (node.kind === Kind.INLINE_FRAGMENT) {
      return select(node.selectionSet, node.typeCondition?.name.value ?? parent, types);
    }
    const found = types.get(parent)?.fields.find((field) => field.name.value === node.name.value);
    if (node.kind === Kind.FRAGMENT_SPREAD || !found) return [];
    const returns = namedTypeOf(found.type);
    const own = { type: parent, field: node.name.value, returns };
    return [own, ...(node.selectionSet ? select(node.selectionSet, returns, types) : [])];
  });
}

/** Which argument of the directive holds the field set. */
const ARGUMENTS: Readonly<Record<string, string>> = { requires: 'fields', join__field: 'requires' };

/** A subgraph that did not import @requires by name says @federation__requires. */
const PREFIX = /^federation__/;
